import { loadConfig } from '@kubernest/config';
import { Lifecycle } from '@kubernest/lifecycle';
import { QueueProducer } from '@kubernest/queue';
import { createRedis, redisVariables } from '@kubernest/redis';
import { sessionCleanupQueue } from '@kubernest/sessions';
import { freePort, RunningServer, scratchFolder, startRedis, testRedis, waitFor } from '@kubernest/testing';
import { Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { join } from 'node:path';
import { Schedules } from './schedules';

const lines: string[] = [];
const open: { redis: Redis; lifecycle: Lifecycle }[] = [];

beforeEach(() => {
  const note = (line: unknown) => lines.push((line as { msg: string }).msg);
  Logger.overrideLogger({ log: note, warn: () => undefined, error: note });
  lines.length = 0;
});

afterEach(() => {
  for (const { redis, lifecycle } of open.splice(0)) {
    lifecycle.drain(() => undefined);
    redis.disconnect();
  }
});

/** What a worker with this SESSION_CLEANUP_SCHEDULE does at its start. */
function apply(pattern: string | undefined, url: string, prefix: string): void {
  const config = loadConfig(redisVariables, { REDIS_URL: url, REDIS_KEY_PREFIX: prefix });
  const redis = createRedis(config, { role: 'producer', name: 'schedules-spec' });
  const lifecycle = new Lifecycle();
  open.push({ redis, lifecycle });
  const producer = new QueueProducer(redis, prefix);
  new Schedules({ SESSION_CLEANUP_SCHEDULE: pattern }, producer, lifecycle).onApplicationBootstrap();
}

async function patterns(url: string, prefix: string): Promise<(string | undefined)[]> {
  const { hostname: host, port } = new URL(url);
  const queue = new Queue(sessionCleanupQueue.name, { connection: { host, port: Number(port) }, prefix });
  const schedulers = await queue.getJobSchedulers();
  await queue.close();
  return schedulers.map(({ pattern }) => pattern);
}

const said = (line: string) =>
  waitFor(() => lines.includes(line), { timeoutMs: 5_000, message: `"${line}"` });

it('the cleanup is scheduled as configured, and no longer when the setting is gone', async () => {
  const { url, prefix } = testRedis();
  apply('0 2 * * *', url, prefix);
  await said('session cleanup is scheduled');
  await expect(patterns(url, prefix)).resolves.toEqual(['0 2 * * *']);
  apply(undefined, url, prefix);
  await said('session cleanup is not scheduled here');
  await expect(patterns(url, prefix)).resolves.toEqual([]);
});

it('a worker that starts while Redis is away schedules it when Redis is there', async () => {
  const port = await freePort();
  apply('0 3 * * *', `redis://127.0.0.1:${port}`, 'late');
  const server: RunningServer = await startRedis({ dir: join(scratchFolder(), 'redis'), port });
  await said('session cleanup is scheduled');
  await expect(patterns(server.url, 'late')).resolves.toEqual(['0 3 * * *']);
  await server.stop();
});

it('a schedule that Redis has forgotten comes back without a restart of the worker', async () => {
  const dir = join(scratchFolder(), 'forgetful');
  const first = await startRedis({ dir });
  apply('0 4 * * *', first.url, 'forgotten');
  await said('session cleanup is scheduled');
  await first.stop();
  const second = await startRedis({ dir, port: first.port });
  await waitFor(async () => (await patterns(second.url, 'forgotten')).includes('0 4 * * *'), {
    timeoutMs: 5_000,
    message: 'the schedule to be back',
  });
  await second.stop();
});

it('a pattern that is none is named in the log, once', async () => {
  const { url, prefix } = testRedis();
  apply('99 99 * * *', url, prefix);
  await said('session cleanup is not scheduled: is SESSION_CLEANUP_SCHEDULE a cron pattern?');
  expect(lines).toHaveLength(1);
});
