import { interruption } from '../test/interruption';
import { plan, runTasks, type NxRun } from '../test/nx-run';
import { summarise, summariseBreakdown } from '../test/summary';
import { tally } from '../test/tally';

const TARGET = 'test-system';
const run: NxRun = { targets: [TARGET], jestTargets: [TARGET], projects: [], cache: false, env: {} };

async function main(): Promise<void> {
  const planned = await plan(run);
  if (planned.length === 0) {
    console.log(
      'No project has tests that need more than a bare machine: npm test runs everything there is.',
    );
    console.log('\n0 passed, 0 failed');
  } else summarise(tally(await runTasks(run, planned, interruption())));
}

main().catch((error: unknown) => summariseBreakdown('npm run test:system', error));
