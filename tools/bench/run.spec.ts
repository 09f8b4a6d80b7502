import { Redis } from 'ioredis';
import { existsSync } from 'node:fs';
import { startBareFastify } from './apps';
import { LoadGenerator } from './load';
import type { LoadPlan } from './load-plan';
import { Run } from './run';

const ANSWER = '/answer';

let run: Run;
beforeEach(() => {
  run = new Run({ quick: true }, new AbortController().signal, () => undefined);
});
afterEach(() => run.end());

it('times the baseline, loads it in both ways, and leaves nothing of it behind', async () => {
  const { redisUrl } = await run.servers();
  const redis = new Redis(redisUrl);
  await redis.set('answer', '{"status":"known"}');
  await redis.quit();
  const bare = await startBareFastify(run, { path: ANSWER, key: 'answer' });
  expect(bare.firstAnswerMs).toBeGreaterThan(0);
  expect(bare.program.residentMb()).toBeGreaterThan(10);
  expect(await (await fetch(bare.url + ANSWER)).json()).toEqual({ status: 'known' });

  const load = await run.started.start(() => LoadGenerator.start());
  const window = {
    url: bare.url,
    connections: 4,
    durationMs: 300,
    requests: [{ path: ANSWER, token: 'x' }],
  };
  const plans: LoadPlan[] = [
    { kind: 'closed', ...window },
    { kind: 'steady', requestsPerSecond: 100, ...window },
  ];
  for (const plan of plans) {
    const outcome = await load.send(plan);
    expect(outcome).toMatchObject({ failures: [] });
    expect(outcome.requestsPerSecond).toBeGreaterThan(0);
    expect(outcome.p99Ms).toBeGreaterThanOrEqual(outcome.p50Ms);
  }
  await run.end();
  expect(bare.program.ended).toBe(true);
  expect(existsSync(run.folder)).toBe(false);
});

it('refuses figures of requests that were not answered with 200', async () => {
  const bare = await startBareFastify(run);
  const load = await run.started.start(() => LoadGenerator.start());
  const plan = { connections: 1, durationMs: 200, requests: [{ path: '/nowhere', token: '' }] };
  await expect(load.send({ kind: 'closed', url: bare.url, ...plan })).rejects.toThrow('with 200: status 404');
  await expect(load.send({ kind: 'steady', url: bare.url, requestsPerSecond: 50, ...plan })).rejects.toThrow(
    'with 200: status 404',
  );
});
