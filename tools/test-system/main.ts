import { interruption } from '../test/interruption';
import { plan, runTasks, type NxRun } from '../test/nx-run';
import { summarise, summariseBreakdown } from '../test/summary';
import { tally } from '../test/tally';
import { missing, packages } from './needs';

const TARGET = 'test-system';
const run: NxRun = { targets: [TARGET], jestTargets: [TARGET], projects: [], cache: false, env: {} };

async function main(args: string[]): Promise<void> {
  if (args.includes('--packages')) {
    console.log(packages.join(' '));
    return;
  }
  const lacking = missing(process.env['PATH'] ?? '', process.getuid?.());
  if (lacking.length > 0) throw new Error(lacking.join('\n'));
  summarise(tally(await runTasks(run, await plan(run), interruption())));
}

main(process.argv.slice(2)).catch((error: unknown) => summariseBreakdown('npm run test:system', error));
