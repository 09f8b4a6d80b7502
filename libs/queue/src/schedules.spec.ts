import { loadConfig } from '@kubernest/config';
import { Lifecycle } from '@kubernest/lifecycle';
import { createRedis, redisVariables } from '@kubernest/redis';
import { freePort, RunningServer, scratchFolder, startRedis, testRedis, waitFor } from '@kubernest/testing';
import { Logger } from '@nestjs/common';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { join } from 'node:path';
import { z } from 'zod';
import { defineQueue } from './define-queue';
import { QueueProducer } from './queue-producer';
import { Schedules } from './schedules';

const queue = defineQueue({
  name: 'reports',
  payload: z.strictObject({}),
  attempts: 1,
  backoffMs: 1,
  keepCompleted: 1,
  keepFailed: 1,
});
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

/** What a worker with these patterns does at its start. */
function apply(patterns: Record<string, string | undefined>, url: string, prefix: string): void {
  const config = loadConfig(redisVariables, { REDIS_URL: url, REDIS_KEY_PREFIX: prefix });
  const redis = createRedis(config, { role: 'producer', name: 'schedules-spec' });
  const lifecycle = new Lifecycle();
  open.push({ redis, lifecycle });
  const producer = new QueueProducer(redis, prefix);
  const schedules = Object.entries(patterns).map(([id, pattern]) => ({ id, queue, pattern }));
  new Schedules(schedules, producer, lifecycle).onApplicationBootstrap();
}

async function patterns(url: string, prefix: string): Promise<(string | undefined)[]> {
  const { hostname: host, port } = new URL(url);
  const opened = new Queue(queue.name, { connection: { host, port: Number(port) }, prefix });
  const schedulers = await opened.getJobSchedulers();
  await opened.close();
  return schedulers.map(({ pattern }) => pattern).sort();
}

const said = (line: string) =>
  waitFor(() => lines.includes(line), { timeoutMs: 5_000, message: `"${line}"` });

it('each schedule is as configured, and no longer there when its setting is gone', async () => {
  const { url, prefix } = testRedis();
  apply({ nightly: '0 2 * * *', weekly: '0 3 * * 1' }, url, prefix);
  await said('nightly is scheduled');
  await said('weekly is scheduled');
  await expect(patterns(url, prefix)).resolves.toEqual(['0 2 * * *', '0 3 * * 1']);
  apply({ nightly: undefined, weekly: '0 3 * * 1' }, url, prefix);
  await said('nightly is not scheduled here');
  await expect(patterns(url, prefix)).resolves.toEqual(['0 3 * * 1']);
});

it('a worker that starts while Redis is away schedules when Redis is there', async () => {
  const port = await freePort();
  apply({ nightly: '0 3 * * *' }, `redis://127.0.0.1:${port}`, 'late');
  const server: RunningServer = await startRedis({ dir: join(scratchFolder(), 'redis'), port });
  await said('nightly is scheduled');
  await expect(patterns(server.url, 'late')).resolves.toEqual(['0 3 * * *']);
  await server.stop();
});

it('a schedule that Redis has forgotten comes back without a restart of the worker', async () => {
  const dir = join(scratchFolder(), 'forgetful');
  const first = await startRedis({ dir });
  apply({ nightly: '0 4 * * *' }, first.url, 'forgotten');
  await said('nightly is scheduled');
  await first.stop();
  const second = await startRedis({ dir, port: first.port });
  await waitFor(async () => (await patterns(second.url, 'forgotten')).includes('0 4 * * *'), {
    timeoutMs: 5_000,
    message: 'the schedule to be back',
  });
  await second.stop();
});

it('a pattern that is none is named in the log, once, and stops no other schedule', async () => {
  const { url, prefix } = testRedis();
  apply({ odd: '99 99 * * *', nightly: '0 2 * * *' }, url, prefix);
  await said('odd is not scheduled: is it a cron pattern?');
  await said('nightly is scheduled');
  expect(lines).toHaveLength(2);
});
