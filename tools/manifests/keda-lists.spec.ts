import { loadConfig } from '@kubernest/config';
import { QueueDefinition, QueueProducer } from '@kubernest/queue';
import { createRedis, redisVariables } from '@kubernest/redis';
import { testRedis, waitFor } from '@kubernest/testing';
import { Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

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

const workspace = join(__dirname, '../..');
const moduleOf = (app: string) => join(workspace, 'apps', app, 'src/app.module.ts');
/** The apps that take jobs: their module says from which queues. */
const workers = readdirSync(join(workspace, 'apps')).filter(
  (app) => existsSync(moduleOf(app)) && readFileSync(moduleOf(app), 'utf8').includes('export const queues'),
);

function scaledBy(app: string): string[] {
  const file = join(workspace, 'deploy/components/keda', `${app}.yaml`);
  if (!existsSync(file)) return [];
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

test.each(workers)(
  'KEDA counts the lists of what waits and what runs in BullMQ, of every queue of %s',
  async (app) => {
    const { queues } = (await import(moduleOf(app))) as { queues: QueueDefinition<object>[] };
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
    expect(scaledBy(app).sort()).toEqual(used.sort());
  },
);
