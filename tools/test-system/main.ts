import { interruption } from '../test/interruption';
import { plan, runTasks, type NxRun } from '../test/nx-run';
import { summarise, summariseBreakdown } from '../test/summary';
import { tally } from '../test/tally';
import { missing, packages } from './needs';

const TARGET = 'test-system';
const run: NxRun = { targets: [TARGET], jestTargets: [TARGET], projects: [], cache: false, env: {} };

const usage = `npm run test:system                 the tests that need more than a bare machine, and root
npm run test:system -- --packages   prints what they need of Debian
npm run test:system -- --help       this text`;

async function main(args: string[]): Promise<void> {
  const unknown = args.find((argument) => !['--help', '-h', '--packages'].includes(argument));
  if (unknown) throw new Error(`There is no option ${unknown}: see npm run test:system -- --help`);
  if (args.includes('--help') || args.includes('-h')) {
    console.log(usage);
    return;
  }
  if (args.includes('--packages')) {
    console.log(packages.join(' '));
    return;
  }
  const lacking = missing(process.env['PATH'] ?? '', process.getuid?.());
  if (lacking.length > 0) throw new Error(lacking.join('\n'));
  summarise(tally(await runTasks(run, await plan(run), interruption())));
}

main(process.argv.slice(2)).catch((error: unknown) => summariseBreakdown('npm run test:system', error));
