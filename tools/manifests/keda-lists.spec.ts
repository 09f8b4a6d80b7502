/* eslint-disable @nx/enforce-module-boundaries -- the worker's queues are in its sources, to which no package name leads */
import { loadConfig } from '@kubernest/config';
import { QueueProducer } from '@kubernest/queue';
import { createRedis, redisVariables } from '@kubernest/redis';
import { testRedis, waitFor } from '@kubernest/testing';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { queues } from '../../apps/worker/src/app.module';

interface ScaledObject {
  spec: { triggers: { type: string; metadata: { listName: string } }[] };
}

const { url, prefix } = testRedis();
const defaultPrefix = redisVariables.variables['REDIS_KEY_PREFIX']?.default ?? '';
const { hostname: host, port } = new URL(url);
const config = loadConfig(redisVariables, { REDIS_URL: url, REDIS_KEY_PREFIX: prefix });
let redis: Redis;

beforeAll(async () => {
  redis = createRedis(config, { role: 'producer', name: 'keda-lists-spec' });
  await waitFor(() => redis.status === 'ready', { timeoutMs: 5_000, message: 'a connection to Redis' });
});
afterAll(() => redis.disconnect());

function scaledBy(): string[] {
  const file = join(__dirname, '../../deploy/components/keda/worker.yaml');
  const { spec } = parse(readFileSync(file, 'utf8')) as ScaledObject;
  return spec.triggers.filter(({ type }) => type === 'redis').map(({ metadata }) => metadata.listName);
}

/** The lists that BullMQ has made, named as with the default prefix. */
async function lists(): Promise<string[]> {
  const keys = await redis.keys(`${prefix}:*`);
  const types = await Promise.all(keys.map((key) => redis.type(key)));
  return keys
    .filter((_key, index) => types[index] === 'list')
    .map((key) => key.replace(prefix, defaultPrefix));
}

test('KEDA counts the lists in which BullMQ keeps what waits and what runs, of every queue', async () => {
  const used: string[] = [];
  const producer = new QueueProducer(redis, prefix);
  for (const queue of queues) {
    await producer.add(queue, {});
    used.push(...(await lists()));
    const worker = new Worker(queue.name, null, { connection: { host, port: Number(port) }, prefix });
    const job = await worker.getNextJob('token');
    used.push(...(await lists()));
    await job.moveToCompleted({}, 'token', false);
    await worker.close();
  }
  await producer.close();
  expect(used).toHaveLength(queues.length * 2);
  expect(scaledBy().sort()).toEqual(used.sort());
});
