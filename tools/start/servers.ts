import { startPostgres, startRedis, type RunningServer } from '@kubernest/testing';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from './fault';
import { dataFolder, serversFile, writeSecretFile } from './local-files';
import { answers } from './ports';
import { definedOf, valueOf, type Variables } from './settings';

export interface Servers {
  env: { DATABASE_URL: string; REDIS_URL: string };
  /** The process that keeps them, if another start of this clone does. */
  joined?: number;
  stop(): Promise<void>;
}

interface Shared {
  pid: number;
  env: Servers['env'];
}

type Progress = (text: string) => void;

/**
 * Postgres and Redis: those that the settings name, else those of an `npm start` that runs, else embedded ones on `.local/data/`.
 *
 * @throws Error in one line, with what to do
 */
export async function openServers(settings: Variables, onProgress: Progress): Promise<Servers> {
  const given = definedOf({
    DATABASE_URL: valueOf(settings, 'DATABASE_URL'),
    REDIS_URL: valueOf(settings, 'REDIS_URL'),
  });
  const shared = await findShared();
  if (!shared) return startServers(given, onProgress);
  return { env: { ...shared.env, ...given }, joined: shared.pid, stop: () => Promise.resolve() };
}

async function startServers(given: Partial<Servers['env']>, onProgress: Progress): Promise<Servers> {
  const started: RunningServer[] = [];
  const urlOf = async (starting: Promise<RunningServer>): Promise<string> => {
    const server = await starting;
    started.push(server);
    return server.url;
  };
  const stop = async (): Promise<void> => {
    if (started.length > 0) rmSync(serversFile, { force: true });
    await Promise.all(started.map((server) => server.stop()));
  };
  const [postgres, redis] = await Promise.allSettled([
    given.DATABASE_URL ?? urlOf(startPostgres({ dataDir: join(dataFolder, 'postgres'), onProgress })),
    given.REDIS_URL ?? urlOf(startRedis({ dir: join(dataFolder, 'redis'), persistent: true, onProgress })),
  ]);
  if (postgres.status === 'rejected' || redis.status === 'rejected') {
    await stop();
    throw postgres.status === 'rejected' ? postgres.reason : (redis as PromiseRejectedResult).reason;
  }
  const env = { DATABASE_URL: postgres.value, REDIS_URL: redis.value };
  if (started.length > 0)
    writeSecretFile(serversFile, JSON.stringify({ pid: process.pid, env } satisfies Shared));
  return { env, stop };
}

async function findShared(): Promise<Shared | undefined> {
  if (!existsSync(serversFile)) return undefined;
  const shared = JSON.parse(readFileSync(serversFile, 'utf8')) as Shared;
  const { DATABASE_URL, REDIS_URL } = shared.env;
  // Another process may have got the number of one that was killed; then its servers are gone too.
  const running = isAlive(shared.pid) && (await answersAt(DATABASE_URL)) && (await answersAt(REDIS_URL));
  return running ? shared : undefined;
}

function answersAt(url: string): Promise<boolean> {
  return answers(Number(new URL(url).port));
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @throws Fault naming the process that still works on the data */
export async function deleteData(): Promise<void> {
  const user = (await findShared())?.pid ?? ownerOfData();
  if (user) throw new Fault(`Process ${user} works on .local/data: stop it, then start with --fresh again`);
  rmSync(dataFolder, { recursive: true, force: true });
}

/** libs/testing keeps a file beside each data folder that somebody works on. */
function ownerOfData(): number | undefined {
  if (!existsSync(dataFolder)) return undefined;
  const owners = readdirSync(dataFolder).filter((name) => name.endsWith('.owner'));
  const pids = owners.flatMap((name) => pidsIn(readFileSync(join(dataFolder, name), 'utf8')));
  return pids.find(isAlive);
}

function pidsIn(ownership: string): number[] {
  return Array.from(ownership.matchAll(/"pid":(\d+)/g), ([, pid]) => Number(pid));
}
