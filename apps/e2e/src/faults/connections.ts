import { waitFor } from '@kubernest/testing';
import { Redis } from 'ioredis';
import { POOL_MAX, Stage } from './stage';

const GONE_MS = 5_000;

/** How many there are by the name that their owner gave them. */
export interface Connections {
  postgres: Record<string, number>;
  redis: number;
}

export async function connections(stage: Stage): Promise<Connections> {
  const rows = await stage.sql<{ name: string; count: number }>(
    `SELECT application_name AS name, count(*)::int FROM pg_stat_activity
     WHERE application_name IN ('api', 'worker') GROUP BY 1`,
  );
  const postgres = Object.fromEntries(rows.map(({ name, count }) => [name, count]));
  const redis = await onRedis(stage.redis.url, async (client) => {
    const list = String(await client.client('LIST'))
      .trim()
      .split('\n');
    // But replicas, and the one that asks.
    return list.filter((line) => !line.includes('flags=S') && !line.includes('name=test')).length;
  });
  return { postgres, redis };
}

/** What is open and was not before, once what the server has not noticed yet had time to go. */
export async function leaks(stage: Stage, before: Connections): Promise<string[]> {
  let last: Connections | undefined;
  const settled = async () => {
    last = await connections(stage);
    return Object.values(last.postgres).every((count) => count <= POOL_MAX) && last.redis <= before.redis;
  };
  const message = 'connections to be closed';
  return waitFor(settled, { timeoutMs: GONE_MS, intervalMs: 100, message }).then(
    () => [],
    () => [`connections left: ${JSON.stringify(last)}, before: ${JSON.stringify(before)}`],
  );
}

/** On a connection of its own, as an operator. */
export async function onRedis<T>(url: string, work: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(url, { connectionName: 'test', maxRetriesPerRequest: 3 });
  client.on('error', () => undefined);
  try {
    return await work(client);
  } finally {
    client.disconnect();
  }
}
