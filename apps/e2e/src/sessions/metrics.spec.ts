import { freePort, RunningServer, scratchFolder, startRedis } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';
import { scrape, scrapeUntil } from '../support/scrape';
import { AccountClient } from './account-client';

const EXPIRED = 1_234;

let redis: RunningServer;
let environment: Environment;
let api: RunningApp;
let worker: RunningApp;

beforeAll(async () => {
  redis = await startRedis({ dir: scratchFolder(), port: await freePort() });
  environment = await freshEnvironment({ REDIS_URL: redis.url });
  [api, worker] = await Promise.all([
    RunningApp.start('api', environment.env),
    RunningApp.start('worker', environment.env),
  ]);
  await Promise.all([api.ready(), worker.ready()]);
});

afterAll(async () => {
  await killRunning();
  await environment.close();
  await redis.stop();
});

test('the cleanup of a command that is gone is told by the worker, who did not run it', async () => {
  const before = await scrape(worker);
  expect(before.value('session_cleanup_runs_total')).toBe(0);
  expect(before.value('session_cleanup_last_success_timestamp_seconds')).toBeUndefined();
  await environment.sql(
    `INSERT INTO account (id, email, password_hash) VALUES ($1, 'a@example.org', 'none')`,
    [randomUUID()],
  );
  await environment.sql(
    `INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), account.id, '\\x00', now() - interval '1 hour', now() FROM account, generate_series(1, $1)`,
    [EXPIRED],
  );
  await scrapeUntil(
    worker,
    (found) => found.value('session_cleanup_backlog_sessions') === EXPIRED,
    'the backlog',
  );
  const beganAtSeconds = Date.now() / 1000;
  const command = await RunningApp.start('worker', environment.env, ['cleanup-expired-sessions']);
  expect(await command.exit()).toBe(0);
  const after = await scrapeUntil(
    worker,
    (found) => found.value('session_cleanup_deleted_sessions_total') === EXPIRED,
    'the deleted sessions',
  );
  expect(after.value('session_cleanup_runs_total')).toBe(1);
  expect(after.value('session_cleanup_batches_total')).toBe(2);
  expect(after.value('session_cleanup_backlog_sessions')).toBe(0);
  expect(after.value('session_cleanup_last_run_duration_seconds')).toBeGreaterThan(0);
  expect(after.value('session_cleanup_last_success_timestamp_seconds')).toBeGreaterThan(beganAtSeconds - 1);
});

test('an api tells what its requests asked of Postgres and Redis', async () => {
  const client = new AccountClient(api);
  const { token } = await client.join('b@example.org');
  const commands = 'redis_command_duration_seconds_count{command="get",outcome="ok"}';
  const before = (await scrape(api)).value(commands) ?? 0;
  for (let times = 0; times < 5; times++) expect((await client.current(token)).status).toBe(200);
  const found = await scrape(api);
  expect(found.value(commands)).toBeGreaterThanOrEqual(before + 4);
  expect(
    found.value('database_query_duration_seconds_count{operation="INSERT",outcome="ok"}'),
  ).toBeGreaterThanOrEqual(2);
});

test('while Redis hangs a scrape of a worker lacks what only Redis knows, and nothing else', async () => {
  const queued = 'queue_jobs{queue="session-cleanup",state="waiting"}';
  const failures = 'metrics_collection_failures_total{collector="queues"}';
  const before = await scrape(worker);
  expect(before.value(queued)).toBe(0);
  process.kill(redis.pid, 'SIGSTOP');
  try {
    const found = await scrape(worker);
    expect(found.value(queued)).toBeUndefined();
    expect(found.value(failures)).toBe((before.value(failures) ?? 0) + 1);
    expect(found.value('session_cleanup_runs_total')).toBe(1);
    await scrapeUntil(
      worker,
      (later) => later.value('redis_connection_up{connection="worker"}') === 0,
      'the loss',
    );
  } finally {
    process.kill(redis.pid, 'SIGCONT');
  }
  await scrapeUntil(worker, (found) => found.value(queued) === 0, 'the queue again');
});
