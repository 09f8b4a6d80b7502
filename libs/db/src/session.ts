import type { Client } from 'pg';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, QueryRunner } from 'typeorm';
import { rows } from './rows';

/** For Postgres to end a session, rollback included, before only the connection is cut. */
const END_TIMEOUT_MS = 5_000;

/**
 * Postgres asks every second during a statement, and after 30 s between statements, whether the client is still there. By
 * default it notices a killed client only when the statement ends, and a node that vanished only after two hours: until
 * then nobody else has the session's locks.
 */
const NOTICE_DEAD_CLIENT = `
  SET client_connection_check_interval = '1s';
  SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`;

/** For a session that holds locks which others wait for. */
export async function noticeDeadClient(runner: QueryRunner): Promise<void> {
  // A server on Windows refuses the first of them; the locks then last as long as its statements do.
  await runner.query(NOTICE_DEAD_CLIENT).catch(() => undefined);
}

/** A session that cannot be cleaned, for example inside a transaction that was left open, is ended. */
export async function forgetSession(runner: QueryRunner): Promise<void> {
  if (runner.isReleased) return;
  try {
    await runner.query('DISCARD ALL');
  } catch {
    await cut(runner);
  }
}

/**
 * Ends the session of `runner` when `signal` aborts, also when it has already. That ends a running statement, rolls
 * back, frees the session's locks, and makes every later statement of the runner fail, whenever the signal comes.
 *
 * @returns stops listening; resolves once a session that was being ended is gone
 */
export async function endSessionOnAbort(
  dataSource: DataSource,
  runner: QueryRunner,
  signal: AbortSignal | undefined,
): Promise<() => Promise<void>> {
  const [backend] = await rows<{ pid: number }>(runner, 'SELECT pg_backend_pid() AS pid');
  let ended = Promise.resolve();
  const end = () => {
    ended = endSession(dataSource, runner, backend?.pid);
  };
  signal?.addEventListener('abort', end, { once: true });
  if (signal?.aborted) end();
  return () => {
    signal?.removeEventListener('abort', end);
    return ended;
  };
}

async function endSession(
  dataSource: DataSource,
  runner: QueryRunner,
  pid: number | undefined,
): Promise<void> {
  const terminated = dataSource.query('SELECT pg_terminate_backend($1, $2)', [pid, END_TIMEOUT_MS]);
  const timeout = new AbortController();
  await Promise.race([
    terminated.catch(() => undefined),
    wait(END_TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined),
  ]);
  timeout.abort();
  // Where no answer came, this ends what waits for one; Postgres rolls back when it notices.
  if (!runner.isReleased) await cut(runner);
}

/** The pool drops a connection that was ended by its holder. */
async function cut(runner: QueryRunner): Promise<void> {
  await ((await runner.connect()) as Client).end();
}
