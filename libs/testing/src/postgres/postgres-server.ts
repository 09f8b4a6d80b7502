import { existsSync } from 'node:fs';
import { freePort, portIsFree } from '../free-port';
import { takeFolder } from '../owner';
import { launch, ServerStartError, type RunningServer } from '../server-process';
import { waitFor } from '../wait-for';
import { DATABASE, initialise, isInitialised, passwordOf, SUPERUSER } from './data-folder';
import { postgresBinaries, type PostgresBinaries } from './postgres-binaries';
import { postmasterIsReady, removeStalePidFile } from './postmaster';
import { assertServerUserOwns, reachablePath, serverUser } from './server-user';

export interface PostgresOptions {
  /** Made and filled when missing or empty; the server's log goes to `<dataDir>.log`. */
  dataDir: string;
  /** A free one when left out. */
  port?: number;
  /** False gives up crash safety for speed: for tests. */
  durable?: boolean;
  /** Of the server, beside those that it needs here. */
  settings?: Record<string, string | number>;
  onProgress?: (text: string) => void;
}

/** Postgres' fast shutdown: ends open connections, and writes out what it holds. */
const STOP_SIGNAL = 'SIGINT';
const MAX_CONNECTIONS = 200;
/** Backends of a server that was killed hold its shared memory until they notice. */
const LEFTOVER_BACKENDS_TIMEOUT_MS = 10_000;

/**
 * Starts the Postgres that npm installed, on 127.0.0.1 only; the password in its `url` is random and belongs to the data folder.
 *
 * @throws Error when the port is taken, when another living process has the data folder, or with the end of the log
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningServer> {
  if (options.port !== undefined && !(await portIsFree(options.port))) {
    throw new Error(
      `Port ${options.port} for Postgres is taken: stop what listens there, or choose another port`,
    );
  }
  const dataDir = reachablePath(options.dataDir);
  const folder = await takeFolder(options.dataDir, STOP_SIGNAL);
  try {
    const binaries = postgresBinaries();
    await prepare(dataDir, binaries, options);
    const port = options.port ?? (await freePort());
    const server = await launchOnceFree({ ...options, dataDir, port }, options.dataDir, binaries);
    folder.servedBy(server.pid);
    const url = `postgres://${SUPERUSER}:${passwordOf(dataDir)}@127.0.0.1:${port}/${DATABASE}`;
    return { url, port, pid: server.pid, stop: () => server.stop().finally(folder.giveBack) };
  } catch (error) {
    folder.giveBack();
    throw error;
  }
}

async function prepare(dataDir: string, binaries: PostgresBinaries, options: PostgresOptions): Promise<void> {
  if (existsSync(dataDir)) assertServerUserOwns(dataDir);
  if (isInitialised(dataDir)) return removeStalePidFile(dataDir);
  options.onProgress?.('Preparing an empty Postgres data folder');
  await initialise(dataDir, binaries);
}

type Launch = PostgresOptions & { port: number };

async function launchOnceFree(options: Launch, askedDir: string, binaries: PostgresBinaries) {
  options.onProgress?.('Starting Postgres');
  const attempt = () =>
    launchPostgres(options, askedDir, binaries).catch((error: unknown) => {
      if (error instanceof ServerStartError && error.log.includes('shared memory block')) return undefined;
      return { error };
    });
  const outcome = await waitFor(attempt, {
    timeoutMs: LEFTOVER_BACKENDS_TIMEOUT_MS,
    intervalMs: 200,
    message: `the last processes of an earlier Postgres on ${options.dataDir} to end`,
  });
  if ('error' in outcome) throw outcome.error;
  return outcome;
}

async function launchPostgres(
  { dataDir, port, durable = true, settings: own = {} }: Launch,
  askedDir: string,
  { postgres }: PostgresBinaries,
) {
  const settings = {
    listen_addresses: '127.0.0.1',
    port,
    unix_socket_directories: '',
    max_connections: MAX_CONNECTIONS,
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' }),
    ...own,
  };
  return launch({
    name: 'Postgres',
    file: postgres,
    args: ['-D', dataDir, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    ...serverUser,
    stopSignal: STOP_SIGNAL,
    logFile: `${askedDir}.log`,
    ready: (pid) => postmasterIsReady(dataDir, pid),
  });
}
