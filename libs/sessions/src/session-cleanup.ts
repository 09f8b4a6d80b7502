import { Database, DedicatedConnection } from '@kubernest/db';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { batchesByIndex, batchesByPages, findExpired, pagesAreQuicker } from './session-cleanup-batches';
import { CleanupWork, record } from './session-cleanup-figures';
import { SESSION_CLEANUP_CONFIG, type SessionCleanupConfig } from './variables';

export interface CleanupProgress {
  deleted: number;
  batches: number;
  /** How many expired sessions there were to begin with, as Postgres's planner guesses. */
  estimated: number;
}

export interface CleanupResult {
  /** `locked`: another run is at it, and this one did nothing. `stopped`: `signal` came; another run goes on from there. */
  outcome: 'done' | 'locked' | 'stopped';
  deleted: number;
  batches: number;
}

export interface CleanupOptions {
  /** Stops the run between two batches. */
  signal?: AbortSignal;
  /** Called before the first batch and after each one. */
  onProgress?: (progress: CleanupProgress) => unknown;
  batchSize?: number;
  pauseMs?: number;
  /** Left out: whichever is quicker for what has expired. */
  by?: 'index' | 'pages';
}

/** Any fixed number, the same in every build: who holds this advisory lock cleans up. "sessions" in letters' places. */
const CLEANUP_LOCK = 1_905_191_919;

/** Deletes expired sessions in batches: one run at a time, wherever it was started. */
@Injectable()
export class SessionCleanup {
  private readonly logger = new Logger('SessionCleanup');

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SESSION_CLEANUP_CONFIG) private readonly config: SessionCleanupConfig,
  ) {}

  /**
   * Deletes what has expired when it starts. What it deleted stays deleted, however it ends.
   *
   * @throws UnavailableError while Postgres is away, and whatever `onProgress` throws
   */
  run(options: CleanupOptions = {}): Promise<CleanupResult> {
    // The lock is the connection's: it is freed when the work ends, the connection breaks, or this process dies.
    return this.database.withConnection(async (connection) => {
      if (!(await lock(connection))) {
        this.logger.log({ msg: 'session cleanup: another run holds the lock' });
        return { outcome: 'locked', deleted: 0, batches: 0 };
      }
      const result = await this.deleteExpired(connection, options);
      this.logger.log({ msg: `session cleanup: ${result.outcome}`, ...result });
      return result;
    });
  }

  private async deleteExpired(
    connection: DedicatedConnection,
    { signal, onProgress, ...pace }: CleanupOptions,
  ): Promise<CleanupResult> {
    const beganAtMs = performance.now();
    const expired = await findExpired(connection);
    const by = pace.by ?? (pagesAreQuicker(expired) ? 'pages' : 'index');
    const batches = { index: batchesByIndex, pages: batchesByPages }[by];
    const deleteBatch = batches(
      connection,
      expired,
      pace.batchSize ?? this.config.SESSION_CLEANUP_BATCH_SIZE,
    );
    const progress = { deleted: 0, batches: 0, estimated: expired.estimated };
    this.logger.log({ msg: 'session cleanup: begins', estimated: expired.estimated, by });
    await this.keep(connection, { runs: 1 });
    await onProgress?.({ ...progress });
    while (!signal?.aborted) {
      const batch = await deleteBatch();
      progress.deleted += batch.deleted;
      progress.batches += 1;
      const seconds = (performance.now() - beganAtMs) / 1000;
      await this.keep(connection, { deleted: batch.deleted, batches: 1, ...(batch.last && { seconds }) });
      await onProgress?.({ ...progress });
      if (batch.last) return result('done', progress);
      // So a run that goes on where another one stopped is soon past the pages that have been cleaned.
      if (batch.deleted > 0) await pause(pace.pauseMs ?? this.config.SESSION_CLEANUP_PAUSE_MS, signal);
    }
    return result('stopped', progress);
  }

  /**
   * After each batch: a run that is killed or loses its connection has told of all it did but the last one, and a long one shows how
   * it gets on. That the figures cannot be kept, as before the migration that makes their place, is no reason not to clean up.
   */
  private async keep(connection: DedicatedConnection, work: CleanupWork): Promise<void> {
    try {
      await record(connection, work);
    } catch (error) {
      if (work.runs || work.seconds)
        this.logger.warn({ msg: 'session cleanup: its figures are not kept', err: error });
    }
  }
}

function result(outcome: CleanupResult['outcome'], { deleted, batches }: CleanupProgress): CleanupResult {
  return { outcome, deleted, batches };
}

async function lock(connection: DedicatedConnection): Promise<boolean> {
  const [row] = await connection.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
    CLEANUP_LOCK,
  ]);
  if (!row?.locked) return false;
  // A batch that is lost in a crash of the server is found again by the next run: it need not wait for the disk.
  await connection.query('SET synchronous_commit = off');
  return true;
}

async function pause(pauseMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (pauseMs === 0) return;
  await wait(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
}
