import { startTestServers } from '@kubernest/testing';
import { interruption } from './interruption';
import { plan, runTasks, type NxRun } from './nx-run';
import { parseOptions, usage, type TestOptions } from './options';
import { summarise, summariseBreakdown } from './summary';
import { tally, type Tally } from './tally';

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) console.log(usage);
  else summarise(await runTests(options, interruption()));
}

async function runTests(options: TestOptions, interrupted: AbortSignal): Promise<Tally> {
  const targets = ['lint', 'typecheck', 'build', 'test'];
  const run: NxRun = { ...options, targets, jestTargets: ['test'], env: {} };
  console.log('Starting Postgres and Redis for the tests');
  const starting = startTestServers((text) => console.log(`  ${text}`));
  const [servers, planned] = await Promise.allSettled([starting, plan(run)]);
  try {
    if (servers.status === 'rejected') throw servers.reason;
    if (planned.status === 'rejected') throw planned.reason;
    const { env } = servers.value;
    return tally(await runTasks({ ...run, env }, planned.value, interrupted));
  } finally {
    if (servers.status === 'fulfilled') await servers.value.stop();
  }
}

main().catch((error: unknown) => summariseBreakdown('npm test', error));
