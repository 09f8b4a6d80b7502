import { waitFor } from '@kubernest/testing';
import { setTimeout as wait } from 'node:timers/promises';
import { AccountClient, PASSWORD } from '../sessions/account-client';
import type { RunningApp } from '../support/running-app';
import { LogMark } from './logs';
import type { Finding } from './finding';
import { BOUND_MS, Stage } from './stage';
import { Traffic } from './traffic';
import { Watch } from './watch';

const PATIENCE_MS = 20_000;
/** Several tries to connect, a second apart at most. */
const AWAY_MS = 3_000;

/** Both stores are away when the processes start, and come later. */
export async function bothAway(stage: Stage): Promise<Finding> {
  await stage.startApps();
  const { api, worker } = stage;
  const logs = [new LogMark(api), new LogMark(worker)];
  await Promise.all([started(api), started(worker)]);
  const watch = new Watch(api);
  const beganMs = performance.now();
  const { statuses, slowestMs } = await askFor(api);
  await wait(AWAY_MS);
  const endedMs = performance.now();
  await Promise.all([stage.startPostgres(), stage.startRedis()]);
  const { backAfterMs, broken } = await recovery(stage);
  await watch.stop();
  return {
    fault: 'both away when the processes start',
    liveness: watch.liveness(beganMs),
    readiness: watch.readiness(beganMs, endedMs),
    answers: `all ${statuses}`,
    worker: 'waits',
    log: [...new Set(logs.flatMap((log) => log.known()))].join('; '),
    slowestMs,
    backAfterMs,
    violations: [
      ...(slowestMs > BOUND_MS ? [`an answer after ${Math.round(slowestMs)} ms`] : []),
      ...logs.flatMap((log) => log.faults().map((line) => `in the log: ${line}`)),
      ...broken,
    ],
  };
}

const started = (app: RunningApp) =>
  waitFor(async () => (await app.probe('startup')) === 200, { timeoutMs: PATIENCE_MS, message: 'the start' });

async function recovery({ api, worker }: Stage): Promise<{ backAfterMs: number; broken: string[] }> {
  const backMs = performance.now();
  await Promise.all([api.ready(), worker.ready()]);
  const readyMs = performance.now();
  const traffic = await new Traffic(api).start();
  await traffic.servedSince(backMs, PATIENCE_MS).finally(() => traffic.stop());
  return { backAfterMs: readyMs - backMs, broken: await traffic.broken() };
}

async function askFor(api: Stage['api']): Promise<{ statuses: string; slowestMs: number }> {
  const client = new AccountClient(api);
  const startedAt = performance.now();
  const body = { email: 'early@example.com', password: PASSWORD };
  const answers = [
    await client.call('POST', '/v1/accounts', { body }),
    await client.call('POST', '/v1/sessions', { body }),
  ];
  const statuses = new Set(answers.map(({ status }) => status));
  return { statuses: [...statuses].join(', '), slowestMs: (performance.now() - startedAt) / answers.length };
}
