import { waitFor } from '@kubernest/testing';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { RunningApp } from '../support/running-app';
import { connections } from './connections';
import type { Finding } from './finding';
import { PATIENCE_MS, RECOVERY_MS } from './observe';
import type { Stage } from './stage';
import { Outcome, Traffic } from './traffic';
import { Watch } from './watch';

const HOUR_MS = 3_600_000;
/** Longer than the probes wait. */
const BLOCK_MS = 6_000;
const HEAP_MB = 96;
/** A process that cannot go on has to end, and not to hang. */
const DEATH_MS = 20_000;

const misbehaving = (what: string, byMs = 0): NodeJS.ProcessEnv => ({
  NODE_OPTIONS: `--require ${join(__dirname, 'misbehave.cjs')}`,
  MISBEHAVE: what,
  MISBEHAVE_BY_MS: String(byMs),
});

interface Jumping {
  stage: Stage;
  traffic: Traffic;
  api: RunningApp;
  worker: RunningApp;
}

/** The clocks of an api and a worker jump beyond the end of every session that is not used; Postgres's does not. */
export async function clockJumps(stage: Stage): Promise<Finding> {
  const env = { ...misbehaving('clock', 2 * HOUR_MS), SESSION_IDLE_LIFETIME_SECONDS: '1800' };
  const [api, worker] = await Promise.all([stage.start('api', env), stage.start('worker', env)]);
  await Promise.all([api.ready(), worker.ready()]);
  const traffic = await new Traffic(api).start();
  const watch = new Watch(api);
  // Traffic that goes on would keep the tests from ending.
  const { live, jumpedMs } = await jump({ stage, traffic, api, worker }).finally(() =>
    Promise.all([traffic.stop(), watch.stop()]),
  );
  const lost = live - traffic.revoked.length > (await countSessions(stage));
  const violations = [...(await traffic.broken()), ...(lost ? ['the cleanup deleted live sessions'] : [])];
  await Promise.all([api, worker].map((app) => app.stop('SIGKILL')));
  return {
    fault: 'the clock of a process jumps ahead of that of Postgres',
    readiness: watch.readiness(jumpedMs, performance.now()),
    liveness: watch.liveness(jumpedMs),
    worker: 'deletes what has expired for Postgres, nothing else',
    log: '',
    ...served(traffic.since(jumpedMs), violations),
  };
}

async function jump({ stage, traffic, api, worker }: Jumping): Promise<{ live: number; jumpedMs: number }> {
  await traffic.servedSince(performance.now(), PATIENCE_MS);
  const live = await countSessions(stage);
  for (const app of [api, worker]) app.signal('SIGUSR2');
  const jumpedMs = performance.now();
  const done = () => worker.logs.some(({ msg, time }) => msg === 'session cleanup: done' && isAhead(time));
  await waitFor(done, { timeoutMs: 10_000, message: 'a cleanup by the clock that is ahead' });
  await traffic.servedSince(jumpedMs, RECOVERY_MS).catch(() => undefined);
  return { live, jumpedMs };
}

function served(outcomes: Outcome[], others: string[]) {
  const wrong = outcomes.filter(({ outcome }) => outcome !== 'served');
  return {
    answers: wrong.length === 0 ? 'all served' : 'refused',
    slowestMs: Math.max(...outcomes.map(({ tookMs }) => tookMs)),
    violations: [...wrong.map(({ kind, outcome }) => `${kind} was answered: ${outcome}`), ...others],
  };
}

const isAhead = (time: unknown) => Date.parse(String(time)) > Date.now() + HOUR_MS;

async function countSessions(stage: Stage): Promise<number> {
  const [row] = await stage.sql<{ count: number }>(
    'SELECT count(*)::int FROM session WHERE expires_at > now()',
  );
  return row?.count ?? 0;
}

/** The event loop of one api stands still; what the other one does meanwhile is in `answers`. */
export async function loopBlocks(stage: Stage): Promise<Finding> {
  const victim = await (await stage.start('api', misbehaving('block', BLOCK_MS))).ready();
  return beside(stage, victim, async (watch) => {
    const began = performance.now();
    victim.signal('SIGUSR2');
    await waitFor(() => watch.liveness(began).includes('no answer'), {
      timeoutMs: BLOCK_MS,
      message: 'liveness to fail',
    });
    await wait(began + BLOCK_MS - performance.now());
    const over = performance.now();
    await waitFor(() => watch.liveness(over).includes('200') && watch.readySince(over), {
      timeoutMs: 20_000,
      message: 'the process to answer again',
    });
    return {
      fault: `the event loop of an api stands still (${BLOCK_MS / 1000} s)`,
      liveness: 'no answer: a restart by the kubelet',
      readiness: 'no answer',
      answers: 'of other pods: all served',
      worker: '',
      log: '',
      backAfterMs: performance.now() - over,
      violations: [],
    };
  });
}

/** One api takes more memory than it may. */
export async function memoryEnds(stage: Stage): Promise<Finding> {
  const env = misbehaving('leak');
  env['NODE_OPTIONS'] = `${env['NODE_OPTIONS'] ?? ''} --max-old-space-size=${HEAP_MB}`;
  const victim = await (await stage.start('api', env)).ready();
  return beside(stage, victim, async () => {
    const before = (await connections(stage)).redis;
    victim.signal('SIGUSR2');
    const exit = await Promise.race([victim.exit(), wait(DEATH_MS, 'nothing: it hangs', { ref: false })]);
    await waitFor(async () => (await connections(stage)).redis < before, {
      timeoutMs: RECOVERY_MS,
      message: 'the connections of the dead process to be gone',
    });
    const says = victim.output.includes('heap out of memory');
    return {
      fault: `the memory of an api ends (--max-old-space-size=${HEAP_MB})`,
      liveness: `the process ends with ${exit}: a restart by the kubelet`,
      readiness: 'no answer',
      answers: 'of other pods: all served',
      worker: '',
      log: 'heap out of memory',
      violations: says ? [] : [`it did not say why: ${victim.output.slice(-500)}`],
    };
  });
}

/** Traffic on the stage's own api while something happens to another one. */
async function beside(
  stage: Stage,
  victim: RunningApp,
  happen: (watch: Watch) => Promise<Omit<Finding, 'slowestMs'>>,
): Promise<Finding> {
  const traffic = await new Traffic(stage.api).start();
  const watch = new Watch(victim);
  try {
    await traffic.servedSince(performance.now(), RECOVERY_MS);
    const finding = await happen(watch);
    await traffic.servedSince(performance.now(), RECOVERY_MS);
    const wrong = traffic.outcomes.filter(({ outcome }) => outcome !== 'served');
    const violations = [
      ...finding.violations,
      ...wrong.map(({ kind, outcome }) => `another pod answered ${kind}: ${outcome}`),
      ...(await traffic.broken()),
    ];
    const slowestMs = Math.max(...traffic.outcomes.map(({ tookMs }) => tookMs));
    return { ...finding, slowestMs, violations };
  } finally {
    await traffic.stop();
    await watch.stop();
    await victim.stop('SIGKILL');
  }
}
