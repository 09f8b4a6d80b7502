import type { DedicatedConnection } from '@kubernest/db';

export interface Batch {
  /** Without those that were changed or deleted by somebody else meanwhile. */
  deleted: number;
  last: boolean;
}

/** Deletes one batch more, in a transaction of its own. */
export type DeleteBatch = () => Promise<Batch>;

export interface Expired {
  /** What had ended by then. As text, in microseconds: a Date would cut it to milliseconds. */
  cutoff: string;
  /** How many there are, as Postgres's planner guesses: counting a million takes as long as deleting many of them. */
  estimated: number;
  /** Of the table, live sessions included. */
  pages: number;
}

/**
 * By ctid, since rows found through the index and deleted through it again would cost twice. Where a session was changed
 * since it was found, Postgres looks at `expires_at` once more before it deletes.
 *
 * From the last batch's `expires_at` on, not from the beginning, where the index is full of entries of deleted rows.
 */
const DELETE_BY_INDEX = `
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

/** Where a session has been changed since the statement began, Postgres looks at `expires_at` once more here as well. */
const DELETE_BY_PAGES = `
  DELETE FROM session WHERE expires_at <= $1::timestamptz AND ctid >= $2::tid AND ctid < $3::tid`;

/**
 * A full page has about thirty sessions. With a quarter of them expired, the index would lead to each page several times
 * over, at random, and write it as often; with fewer, reading all of the table would cost more than that.
 */
const SWEEP_FROM_EXPIRED_PER_PAGE = 8;
/** 80 MB. The pages of a smaller table stay in memory in whatever order they are visited. */
const SWEEP_FROM_PAGES = 10_000;

/** Whether most of the table's pages are better visited once, in their order, than through the index. */
export function pagesAreQuicker({ estimated, pages }: Expired): boolean {
  return pages >= SWEEP_FROM_PAGES && estimated >= SWEEP_FROM_EXPIRED_PER_PAGE * pages;
}

export async function findExpired(connection: DedicatedConnection): Promise<Expired> {
  const [table] = await connection.query<{ cutoff: string; pages: number }>(
    `SELECT now()::text AS cutoff, (pg_relation_size('session') / current_setting('block_size')::int)::int AS pages`,
  );
  if (!table) throw new Error('postgres did not tell the time');
  const [row] = await connection.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    'EXPLAIN (FORMAT JSON) SELECT FROM session WHERE expires_at <= $1::timestamptz',
    [table.cutoff],
  );
  return { ...table, estimated: row?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0 };
}

/** Those that expired first come first; exactly `batchSize` of them at a time. */
export function batchesByIndex(
  connection: DedicatedConnection,
  { cutoff }: Expired,
  batchSize: number,
): DeleteBatch {
  let reachedAt = '-infinity';
  return async () => {
    const [batch] = await connection.query<{ found: number; reachedAt: string | null; deleted: number }>(
      DELETE_BY_INDEX,
      [cutoff, reachedAt, batchSize],
    );
    if (!batch) throw new Error('postgres did not tell what was deleted');
    reachedAt = batch.reachedAt ?? reachedAt;
    return { deleted: batch.deleted, last: batch.found < batchSize };
  };
}

/** As many pages at a time as have `batchSize` expired sessions on average. Pages that are added meanwhile have none. */
export function batchesByPages(
  connection: DedicatedConnection,
  { cutoff, estimated, pages }: Expired,
  batchSize: number,
): DeleteBatch {
  const step = Math.max(1, Math.floor((batchSize * pages) / Math.max(1, estimated)));
  let next = 0;
  return async () => {
    const [from, to] = [next, next + step];
    next = to;
    const deleted = await connection.execute(DELETE_BY_PAGES, [cutoff, `(${from},0)`, `(${to},0)`]);
    return { deleted, last: to >= pages };
  };
}
