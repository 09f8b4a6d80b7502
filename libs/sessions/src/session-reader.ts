import { cannotWrite, Database } from '@kubernest/db';
import { Inject, Injectable } from '@nestjs/common';
import { COPY_MAX_MS, SessionCopy } from './session-copy';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

interface SessionRow {
  keyHash: Buffer;
  accountId: string;
  email: string;
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  userAgent: string | null;
  address: string | null;
  readableUntilMs: number;
  nowMs: number;
}

/**
 * Extends the session when that is due, and reads it, in one statement: at most one write per session and interval, since
 * a second writer finds the first one's last_used_at. Such a one reads the row as it was, whose copy is readable for no
 * time at all.
 *
 * A copy ends when the next extension is due, or a session in use would expire behind its copy.
 */
const READ = statement(`
    UPDATE session
    SET last_used_at = now(), expires_at = least(now() + make_interval(secs => $3), absolute_expires_at)
    WHERE id = $1 AND key_hash = $2 AND expires_at > now() AND last_used_at <= now() - make_interval(secs => $4)
    RETURNING *`);

/** For a Postgres that cannot write: nothing is extended, in a statement of the same parameters. */
const READ_ONLY = statement('SELECT * FROM session WHERE $2::bytea IS NULL AND $3::float8 IS NULL');

function statement(extended: string): string {
  return `
  WITH extended AS (${extended}), live AS (
    SELECT * FROM extended
    UNION ALL
    SELECT * FROM session WHERE id = $1 AND expires_at > now() AND NOT EXISTS (SELECT FROM extended)
  )
  SELECT key_hash AS "keyHash", account_id AS "accountId", account.email, live.created_at AS "createdAt",
    last_used_at AS "lastUsedAt", expires_at AS "expiresAt", user_agent AS "userAgent", address,
    (extract(epoch FROM now()) * 1000)::float8 AS "nowMs",
    (extract(epoch FROM least(
      expires_at, last_used_at + make_interval(secs => $4), now() + make_interval(secs => $5)
    )) * 1000)::float8 AS "readableUntilMs"
  FROM live JOIN account ON account.id = live.account_id`;
}

/** How long nothing is extended after a write that failed: each such failure costs a connection, which is closed. */
const READ_ONLY_MS = 1_000;

export interface ReadSession extends SessionCopy {
  /** How much longer a copy of it is readable; less than 1 when there is no point in one. */
  readableMs: number;
}

/** Reads sessions from Postgres, whose clock alone decides what has expired. */
@Injectable()
export class SessionReader {
  private readOnlyUntilMs = 0;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SESSIONS_CONFIG) private readonly config: SessionsConfig,
  ) {}

  /**
   * @param keyHash of the token; with another one nothing is extended, and the caller has to compare
   * @returns undefined when there is no such session, or not any more
   * @throws UnavailableError while Postgres is away; one that only cannot write is read, without extending the session
   */
  async find(id: string, keyHash: Buffer): Promise<ReadSession | undefined> {
    const { SESSION_IDLE_LIFETIME_SECONDS: idle, SESSION_EXTEND_INTERVAL_SECONDS: interval } = this.config;
    const parameters = [id, keyHash, idle, interval, COPY_MAX_MS / 1000];
    const [row] = await this.read(parameters);
    return row && toSession(id, row);
  }

  private async read(parameters: readonly unknown[]): Promise<SessionRow[]> {
    if (performance.now() >= this.readOnlyUntilMs) {
      try {
        return await this.database.query<SessionRow>(READ, parameters);
      } catch (error) {
        if (!cannotWrite(error)) throw error;
        this.readOnlyUntilMs = performance.now() + READ_ONLY_MS;
      }
    }
    return this.database.query<SessionRow>(READ_ONLY, parameters);
  }
}

function toSession(id: string, { keyHash, readableUntilMs, nowMs, ...row }: SessionRow): ReadSession {
  return {
    session: {
      id,
      ...row,
      createdAt: row.createdAt.toISOString(),
      lastUsedAt: row.lastUsedAt.toISOString(),
      expiresAt: row.expiresAt.toISOString(),
    },
    keyHash,
    readableUntilMs,
    readableMs: readableUntilMs - nowMs,
  };
}
