import { freeze } from '@kubernest/testing';
import { onRedis } from './connections';
import type { Fault } from './finding';

export const ofRedis: Fault[] = [
  {
    name: 'Redis stopped, and started empty',
    empties: true,
    begin: async (stage) => {
      await stage.redis.stop();
      return async () => {
        await stage.startRedis();
      };
    },
  },
  {
    name: 'Redis paused (SIGSTOP)',
    begin: (stage) => Promise.resolve(freeze(stage.redis.pid)),
  },
  {
    name: 'Redis restarted empty',
    brief: true,
    empties: true,
    begin: async (stage) => {
      await stage.redis.stop();
      await stage.startRedis();
      return () => undefined;
    },
  },
  {
    name: 'Redis out of memory (`noeviction`)',
    begin: async (stage) => {
      const limit = (bytes: number) =>
        onRedis(stage.redis.url, (client) => client.config('SET', 'maxmemory', bytes));
      await limit(1);
      return async () => {
        await limit(0);
      };
    },
  },
];
