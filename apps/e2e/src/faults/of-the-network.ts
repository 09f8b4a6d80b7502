import { waitFor } from '@kubernest/testing';
import type { Redis } from 'ioredis';
import { onRedis } from './connections';
import type { Fault } from './finding';

/** Each way: more than REDIS_COMMAND_TIMEOUT_MS there and back. */
const SLOW_MS = 150;
/** In the middle of the first message, whatever it is. */
const BREAK_AFTER_BYTES = 9;

export const ofTheNetwork: Fault[] = [
  {
    name: 'Redis failing over to a replica (READONLY)',
    // A busy process may notice the change of servers as an outage.
    chanceLine: 'redis is not available',
    begin: async (stage) => {
      const heir = await stage.startAnotherRedis();
      const former = stage.redis;
      const follow = (url: string, port: number) =>
        onRedis(url, (client) => client.replicaof('127.0.0.1', port));
      await follow(heir.url, former.port);
      await waitFor(() => onRedis(heir.url, inSync), { timeoutMs: 10_000, message: 'the replica' });
      // The old one answers READONLY from here on: until the new one is known there is nothing to write to.
      await follow(former.url, 1);
      return async () => {
        await onRedis(heir.url, (client) => client.replicaof('NO', 'ONE'));
        stage.redis = heir;
        stage.alsoStop(former);
        stage.redisLink.leadTo(heir.url);
      };
    },
  },
  {
    name: `a slow network (${2 * SLOW_MS} ms there and back)`,
    begin: (stage) => {
      const slowBy = (ms: number) => {
        stage.postgresLink.slowBy(ms);
        stage.redisLink.slowBy(ms);
      };
      slowBy(SLOW_MS);
      return Promise.resolve(() => slowBy(0));
    },
  },
  {
    name: 'connections to Postgres cut in mid-message',
    brief: true,
    begin: (stage) => {
      stage.postgresLink.breakAfter(BREAK_AFTER_BYTES);
      return Promise.resolve(() => undefined);
    },
  },
  {
    name: 'connections to Redis cut in mid-message',
    brief: true,
    begin: (stage) => {
      stage.redisLink.breakAfter(BREAK_AFTER_BYTES);
      return Promise.resolve(() => undefined);
    },
  },
];

async function inSync(client: Redis): Promise<boolean> {
  return (await client.info('replication')).includes('master_link_status:up');
}
