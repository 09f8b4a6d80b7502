import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, MigrationExecutor, QueryRunner } from 'typeorm';
import { createDataSource, DatabaseSchema } from './data-source';
import { MigrationFailure } from './migration-failure';
import { rows } from './rows';
import { endSessionOnAbort, noticeDeadClient } from './session';
import { asUnavailable } from './unavailable';
import type { MigrationConfig } from './variables';

export interface MigrateOptions {
  config: MigrationConfig;
  schema: readonly DatabaseSchema[];
  applicationName: string;
  log: (message: string) => void;
  /** Abort to end the running migration; what it did is rolled back. */
  signal?: AbortSignal;
}

/** One that migrates, and one that can end its session. */
export const MIGRATION_CONNECTIONS = 2;

/** Any fixed number, the same in every build: who holds this advisory lock of the database migrates. */
const MIGRATION_LOCK = 1_121_025_181;
const LOCK_POLL_MS = 200;
const LOCK_REPORT_MS = 2_000;

/**
 * Applies every migration that the database does not have, each in a transaction of its own, one process at a time.
 *
 * @returns the names of those that this call applied; none when another process was quicker
 * @throws UnavailableError when there is no connection in DATABASE_CONNECT_TIMEOUT_MS
 * @throws Error when a migration fails, the lock is not had in MIGRATION_LOCK_TIMEOUT_MS, or `signal` aborts
 */
export async function migrate(options: MigrateOptions): Promise<string[]> {
  const { config, schema, applicationName, signal } = options;
  const failure = new MigrationFailure();
  const dataSource = createDataSource(config, {
    schema,
    applicationName,
    poolMax: MIGRATION_CONNECTIONS,
    logger: failure,
  });
  try {
    await dataSource.initialize();
    return await migrateLocked(dataSource, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw failure.message ? new Error(failure.message, { cause: error }) : asUnavailable(error);
  } finally {
    // An open pool would keep the process alive after a failure.
    if (dataSource.isInitialized) await dataSource.destroy();
  }
}

async function migrateLocked(dataSource: DataSource, options: MigrateOptions): Promise<string[]> {
  // The lock is held by the connection that migrates: should it break, the lock goes with it.
  const runner = dataSource.createQueryRunner();
  try {
    await noticeDeadClient(runner);
    await lock(runner, options);
    const stopListening = await endSessionOnAbort(dataSource, runner, options.signal);
    try {
      return await apply(dataSource, runner);
    } finally {
      await stopListening();
    }
  } finally {
    await runner.release();
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
