import { startPostgres, startRedis } from '@kubernest/testing';
import { existsSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Databases } from './databases';
import type { Stoppable } from './started';

/** A Postgres and a Redis of the run's own. */
export interface Servers extends Stoppable {
  databases: Databases;
  redisUrl: string;
}

/** Postgres as in production: durable, with the settings that it comes with. Redis without persistence. */
export async function startServers(folder: string): Promise<Servers> {
  const dataDir = join(folder, 'postgres');
  const [postgres, redis] = await Promise.allSettled([
    startPostgres({ dataDir }),
    startRedis({ dir: join(folder, 'redis') }),
  ]);
  const stop = async () => {
    for (const server of [redis, postgres]) if (server.status === 'fulfilled') await server.value.stop();
    // Elsewhere when the folder is below one that Postgres's user cannot enter.
    if (existsSync(dataDir)) rmSync(realpathSync(dataDir), { recursive: true, force: true });
  };
  if (postgres.status === 'fulfilled' && redis.status === 'fulfilled')
    return { databases: new Databases(postgres.value.url), redisUrl: redis.value.url, stop };
  await stop();
  throw [postgres, redis].find((server) => server.status === 'rejected')?.reason;
}
