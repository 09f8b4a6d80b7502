import { Database, DedicatedConnection } from '@kubernest/db';
import type { Metrics } from '@kubernest/telemetry';

/** Counting goes no further: it may be asked often, and more is no other news. */
const BACKLOG_MAX = 10_000;
/** However many processes are scraped however often, each asks Postgres once in this time. */
const KEEP_MS = 5_000;

const RECORD = `
  INSERT INTO session_cleanup_record AS record (id, runs, deleted_sessions, batches, last_run_seconds, last_success_at)
  VALUES (true, $1, $2, $3, $4::float8, CASE WHEN $4::float8 IS NOT NULL THEN now() END)
  ON CONFLICT (id) DO UPDATE SET
    runs = record.runs + excluded.runs,
    deleted_sessions = record.deleted_sessions + excluded.deleted_sessions,
    batches = record.batches + excluded.batches,
    last_run_seconds = coalesce(excluded.last_run_seconds, record.last_run_seconds),
    last_success_at = coalesce(excluded.last_success_at, record.last_success_at)`;

/** What has happened since the last call. `seconds`, of the whole run, once it is done. */
export interface CleanupWork {
  runs?: number;
  deleted?: number;
  batches?: number;
  seconds?: number;
}

export async function record(connection: DedicatedConnection, work: CleanupWork): Promise<void> {
  const { runs = 0, deleted = 0, batches = 0, seconds = null } = work;
  await connection.execute(RECORD, [runs, deleted, batches, seconds]);
}

interface Row {
  runs: number;
  deleted: number;
  batches: number;
  seconds: number | null;
  succeededAt: number | null;
  backlog: number;
}

const READ = `
  SELECT coalesce(runs, 0)::float8 AS runs, coalesce(deleted_sessions, 0)::float8 AS deleted,
    coalesce(batches, 0)::float8 AS batches, last_run_seconds AS seconds,
    extract(epoch FROM last_success_at)::float8 AS "succeededAt",
    (SELECT count(*)::int FROM (SELECT FROM session WHERE expires_at <= now() LIMIT ${BACKLOG_MAX}) AS expired) AS backlog
  FROM (SELECT true AS id) AS one LEFT JOIN session_cleanup_record USING (id)`;

/** What all runs have done, whoever ran them: every process that exports it says the same. */
export function exportCleanup(metrics: Metrics, database: Database): void {
  metrics.collect({
    name: 'session_cleanup',
    keepMs: KEEP_MS,
    metrics: {
      session_cleanup_runs_total: { type: 'counter', help: 'Cleanups that began, on any process.' },
      session_cleanup_deleted_sessions_total: { type: 'counter', help: 'Expired sessions deleted.' },
      session_cleanup_batches_total: { type: 'counter', help: 'Batches in which sessions were deleted.' },
      session_cleanup_last_run_duration_seconds: { help: 'How long the last cleanup took that was done.' },
      session_cleanup_last_success_timestamp_seconds: { help: 'When a cleanup was done last.' },
      session_cleanup_backlog_sessions: {
        help: `Sessions that have expired and are not deleted yet; ${BACKLOG_MAX} are that or more.`,
      },
    },
    read: async () => {
      const [row] = await database.query<Row>(READ);
      return {
        session_cleanup_runs_total: row?.runs,
        session_cleanup_deleted_sessions_total: row?.deleted,
        session_cleanup_batches_total: row?.batches,
        session_cleanup_last_run_duration_seconds: row?.seconds ?? undefined,
        session_cleanup_last_success_timestamp_seconds: row?.succeededAt ?? undefined,
        session_cleanup_backlog_sessions: row?.backlog,
      };
    },
  });
}
