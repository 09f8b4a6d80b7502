import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, MigrationExecutor, QueryRunner } from 'typeorm';
import { createDataSource, DatabaseSchema } from './data-source';
import { rows } from './rows';
import type { MigrationConfig } from './variables';

export interface MigrateOptions {
  config: MigrationConfig;
  schema: readonly DatabaseSchema[];
  applicationName: string;
  log: (message: string) => void;
  /** Abort to cancel the running migration; what it did is rolled back. */
  signal?: AbortSignal;
}

/** Any fixed number, the same in every build: who holds this advisory lock migrates. "kubernest" in letters' places. */
const MIGRATION_LOCK = 1_121_025_181;
const LOCK_POLL_MS = 200;
const LOCK_REPORT_MS = 2_000;
const CANCEL_AGAIN_MS = 100;

/**
 * Applies every migration that the database does not have, each in a transaction of its own, one process at a time.
 *
 * @returns the names of those that this call applied; none when another process was quicker
 * @throws Error when a migration fails, the lock is not had in MIGRATION_LOCK_TIMEOUT_MS, or `signal` aborts
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { config, schema, applicationName, signal } = options;
  const dataSource = createDataSource(config, { schema, applicationName, poolMax: 2 });
  await dataSource.initialize();
  // The lock is held by the connection that migrates: should it break, the lock goes with it.
  const runner = dataSource.createQueryRunner();
  try {
    await lock(runner, options);
    const stopCancelling = cancelOnAbort(dataSource, await backendPid(runner), signal);
    try {
      return await apply(dataSource, runner);
    } finally {
      stopCancelling();
    }
  } finally {
    // Ending the session frees the lock. An open pool would keep the process alive after a failure.
    await runner.release();
    await dataSource.destroy();
  }
}

async function apply(dataSource: DataSource, runner: QueryRunner): Promise<string[]> {
  const executor = new MigrationExecutor(dataSource, runner);
  executor.transaction = 'each';
  const applied = await executor.executePendingMigrations();
  return applied.map(({ name }) => name);
}

async function lock(runner: QueryRunner, { config, log, signal }: MigrateOptions): Promise<void> {
  const startedAt = performance.now();
  let reportedAt = -LOCK_REPORT_MS;
  for (;;) {
    signal?.throwIfAborted();
    const [row] = await rows<{ locked: boolean }>(runner, 'SELECT pg_try_advisory_lock($1) AS locked', [
      MIGRATION_LOCK,
    ]);
    if (row?.locked) return;
    const waitedMs = Math.round(performance.now() - startedAt);
    if (waitedMs > config.MIGRATION_LOCK_TIMEOUT_MS) {
      throw new Error(
        `another process has held the migration lock for more than ${waitedMs} ms (MIGRATION_LOCK_TIMEOUT_MS)`,
      );
    }
    if (waitedMs - reportedAt >= LOCK_REPORT_MS) {
      log(`waiting for another process that is migrating (${Math.round(waitedMs / 1000)} s)`);
      reportedAt = waitedMs;
    }
    await wait(LOCK_POLL_MS);
  }
}

async function backendPid(runner: QueryRunner): Promise<number> {
  const [row] = await rows<{ pid: number }>(runner, 'SELECT pg_backend_pid() AS pid');
  if (!row) throw new Error('postgres did not tell the process id of this connection');
  return row.pid;
}

/** Cancels again and again, since a signal may come between two statements, when there is nothing to cancel. */
function cancelOnAbort(dataSource: DataSource, pid: number, signal?: AbortSignal): () => void {
  let timer: NodeJS.Timeout | undefined;
  const cancel = () => void dataSource.query('SELECT pg_cancel_backend($1)', [pid]).catch(() => undefined);
  const begin = () => {
    cancel();
    timer = setInterval(cancel, CANCEL_AGAIN_MS);
  };
  signal?.addEventListener('abort', begin, { once: true });
  return () => {
    signal?.removeEventListener('abort', begin);
    clearInterval(timer);
  };
}
