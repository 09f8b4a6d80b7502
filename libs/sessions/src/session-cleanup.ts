import { Database, DedicatedConnection } from '@kubernest/db';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
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
}

/** Any fixed number, the same in every build: who holds this advisory lock cleans up. "sessions" in letters' places. */
const CLEANUP_LOCK = 1_905_191_919;

/**
 * By ctid, since rows found through the index and deleted through it again would cost twice. Where a session was changed
 * since it was found, Postgres looks at `expires_at` once more before it deletes.
 *
 * From the last batch's `expires_at` on, not from the beginning, where the index is full of entries of deleted rows.
 */
const DELETE_BATCH = `
  WITH batch AS MATERIALIZED (
    SELECT ctid AS place, expires_at FROM session
    WHERE expires_at <= $1::timestamptz AND expires_at >= $2::timestamptz
    ORDER BY expires_at LIMIT $3
  ), deleted AS (
    DELETE FROM session
    WHERE expires_at <= $1::timestamptz AND ctid = ANY(ARRAY(SELECT place FROM batch))
    RETURNING 1
  )
  SELECT count(*)::int AS found, max(expires_at)::text AS "reachedAt",
    (SELECT count(*)::int FROM deleted) AS deleted
  FROM batch`;

interface Batch {
  /** Fewer than asked for: it was the last. */
  found: number;
  /** Without those that were changed or deleted by somebody else meanwhile. */
  deleted: number;
  reachedAt: string | null;
}

/** Deletes expired sessions: one run at a time, wherever it was started, in batches through an index. */
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
    const batchSize = pace.batchSize ?? this.config.SESSION_CLEANUP_BATCH_SIZE;
    const cutoff = await now(connection);
    const progress = { deleted: 0, batches: 0, estimated: await estimate(connection, cutoff) };
    this.logger.log({ msg: 'session cleanup: begins', estimated: progress.estimated });
    await onProgress?.({ ...progress });
    for (let reachedAt = '-infinity'; !signal?.aborted;) {
      const batch = await deleteBatch(connection, cutoff, reachedAt, batchSize);
      progress.deleted += batch.deleted;
      progress.batches += 1;
      reachedAt = batch.reachedAt ?? reachedAt;
      await onProgress?.({ ...progress });
      if (batch.found < batchSize) return result('done', progress);
      await pause(pace.pauseMs ?? this.config.SESSION_CLEANUP_PAUSE_MS, signal);
    }
    return result('stopped', progress);
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

/** As text, in microseconds: a Date would cut it to milliseconds. */
async function now(connection: DedicatedConnection): Promise<string> {
  const [row] = await connection.query<{ now: string }>('SELECT now()::text AS now');
  if (!row) throw new Error('postgres did not tell the time');
  return row.now;
}

/** From the planner's statistics, since counting a million sessions takes as long as deleting many of them. */
async function estimate(connection: DedicatedConnection, cutoff: string): Promise<number> {
  const [row] = await connection.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    'EXPLAIN (FORMAT JSON) SELECT FROM session WHERE expires_at <= $1::timestamptz',
    [cutoff],
  );
  return row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}

async function deleteBatch(
  connection: DedicatedConnection,
  cutoff: string,
  reachedAt: string,
  batchSize: number,
): Promise<Batch> {
  const [batch] = await connection.query<Batch>(DELETE_BATCH, [cutoff, reachedAt, batchSize]);
  if (!batch) throw new Error('postgres did not tell what was deleted');
  return batch;
}

async function pause(pauseMs: number, signal: AbortSignal | undefined): Promise<void> {
  if (pauseMs === 0) return;
  await wait(pauseMs, undefined, signal ? { signal } : {}).catch(() => undefined);
}
