import type { RunningServer } from '../server-process';
import { testFolder } from '../workspace';
import { copyOfTemplate, isInitialised } from './data-folder';
import { postgresBinaries } from './postgres-binaries';
import { PostgresOptions, startPostgres } from './postgres-server';
import { reachablePath } from './server-user';

/** A Postgres of a test's own, to be stopped, paused and started again; as quick and as careless as the run's shared one. */
export async function startOwnPostgres(
  options: Omit<PostgresOptions, 'durable' | 'onProgress'>,
): Promise<RunningServer> {
  const { dataDir } = options;
  if (!isInitialised(reachablePath(dataDir))) await copyOfTemplate(dataDir, testFolder, postgresBinaries());
  return startPostgres({ ...options, durable: false });
}
