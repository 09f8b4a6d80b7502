import { freePort, RunningServer, scratchFolder, startRedis, waitFor } from '@kubernest/testing';
import { Environment, freshEnvironment } from './support/environment';
import { killRunning, RunningApp } from './support/running-app';
import { scrape, scrapeUntil } from './support/scrape';

let redis: RunningServer;
let environment: Environment;
let api: RunningApp;
let worker: RunningApp;

beforeAll(async () => {
  redis = await startRedis({ dir: scratchFolder(), port: await freePort() });
  environment = await freshEnvironment({ REDIS_URL: redis.url, APP_VERSION: '1.2.3' });
  [api, worker] = await Promise.all([
    RunningApp.start('api', { ...environment.env, SHUTDOWN_DRAIN_MS: '2000' }),
    RunningApp.start('worker', environment.env),
  ]);
  await Promise.all([api.ready(), worker.ready()]);
});

afterAll(async () => {
  await killRunning();
  await environment.close();
  await redis.stop();
});

test('an api tells how it and its connections are', async () => {
  const found = await scrape(api);
  expect(found.value('database_pool_max_connections')).toBe(4);
  expect(found.value('database_pool_connections{state="idle"}')).toBeGreaterThanOrEqual(1);
  expect(found.value('database_pool_waiting_requests')).toBe(0);
  expect(found.value('redis_connection_up{connection="api"}')).toBe(1);
  expect(found.value('readiness_up')).toBe(1);
  expect(found.value('readiness_check_up{check="migrations"}')).toBe(1);
  expect(found.value('lifecycle_state{state="ready"}')).toBe(1);
  expect(found.text).toContain('build_info{version="1.2.3",node_version="v24');
});

test('a scrape of a worker is answered while Redis hangs', async () => {
  process.kill(redis.pid, 'SIGSTOP');
  try {
    await waitFor(async () => (await worker.probe('ready')) === 503, {
      timeoutMs: 10_000,
      message: 'the worker not to be ready',
    });
    const away = await scrape(worker);
    expect(away.value('readiness_up')).toBe(0);
    expect(away.value('readiness_check_up{check="redis"}')).toBe(0);
    expect(away.value('readiness_check_up{check="postgres"}')).toBe(1);
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
  await worker.ready();
});

test('a process that drains says so to the end', async () => {
  const exit = api.stop();
  await scrapeUntil(api, (found) => found.value('lifecycle_state{state="draining"}') === 1, 'the drain');
  expect(await exit).toBe(0);
});
