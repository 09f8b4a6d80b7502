import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { copyOfTemplate } from './postgres/data-folder';
import { postgresBinaries } from './postgres/postgres-binaries';
import { startPostgres } from './postgres/postgres-server';
import { removeReachable } from './postgres/server-user';
import { processAlive } from './process-alive';
import { startRedis } from './redis/redis-server';
import type { RunningServer } from './server-process';
import { runFolder, testFolder } from './workspace';

export interface TestServers {
  /** `TEST_DATABASE_URL` and `TEST_REDIS_URL`, for the processes that run tests. */
  env: { TEST_DATABASE_URL: string; TEST_REDIS_URL: string };
  stop(): Promise<void>;
}

const RUN = /^run-(\d+)$/;

/**
 * The Postgres and the Redis of a test run. Each is the one that the environment names (`TEST_DATABASE_URL`, else `DATABASE_URL`; Redis
 * alike), else an embedded one with data below `.local/test/`, which `stop` removes.
 */
export async function startTestServers(onProgress?: (text: string) => void): Promise<TestServers> {
  removeAbandonedRuns();
  const folder = runFolder;
  const progress = onProgress === undefined ? {} : { onProgress };
  const { env } = process;
  const database = env['TEST_DATABASE_URL'] ?? env['DATABASE_URL'];
  const redis = env['TEST_REDIS_URL'] ?? env['REDIS_URL'];
  const started: RunningServer[] = [];
  const keep = (server: RunningServer) => {
    started.push(server);
    return server.url;
  };
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
    removeReachable(folder);
  };
  const urls = await Promise.allSettled([
    database ?? startTestPostgres(folder, progress).then(keep),
    redis ?? startRedis({ dir: join(folder, 'redis'), ...progress }).then(keep),
  ]);
  const failed = urls.find((outcome) => outcome.status === 'rejected');
  if (failed) {
    await stop();
    throw failed.reason;
  }
  const [postgresUrl = '', redisUrl = ''] = urls.map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : '',
  );
  return { env: { TEST_DATABASE_URL: postgresUrl, TEST_REDIS_URL: redisUrl }, stop };
}

async function startTestPostgres(
  folder: string,
  progress: { onProgress?: (text: string) => void },
): Promise<RunningServer> {
  const dataDir = join(folder, 'postgres');
  mkdirSync(folder, { recursive: true });
  await copyOfTemplate(dataDir, testFolder, postgresBinaries());
  return startPostgres({ dataDir, durable: false, ...progress });
}

function removeAbandonedRuns(): void {
  mkdirSync(testFolder, { recursive: true });
  for (const name of readdirSync(testFolder)) {
    const pid = Number(RUN.exec(name)?.[1]);
    if (pid && !processAlive(pid)) removeReachable(join(testFolder, name));
  }
}
