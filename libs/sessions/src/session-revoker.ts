import { Database } from '@kubernest/db';
import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { RevocationFeed, TRUST_MS } from './revocation-feed';
import { SessionCache } from './session-cache';

/** A timer may fire a little early, and the clocks of two machines do not run at quite the same pace. */
const WAIT_MS = TRUST_MS + 50;

/** Deletes sessions, and returns when no pod accepts them any more. See docs/decisions/sessions-and-revocation.md. */
@Injectable()
export class SessionRevoker {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(RevocationFeed) private readonly feed: RevocationFeed,
    @Inject(SessionCache) private readonly cache: SessionCache,
  ) {}

  /**
   * From its commit on, sessions that match are gone in Postgres, and every pod will know within TRUST_MS, even if this
   * process dies. Redis, if it answers, makes every pod know at once.
   *
   * @param condition on the table session; a constant of the program
   * @returns how many were revoked
   * @throws UnavailableError while Postgres is away
   */
  async revoke(condition: string, parameters: readonly unknown[]): Promise<number> {
    const rows = await this.database.query<{ id: string }>(
      `WITH gone AS (DELETE FROM session WHERE ${condition} RETURNING id)
       INSERT INTO session_revocation (session_id) SELECT id FROM gone RETURNING session_id AS id`,
      parameters,
    );
    const ids = rows.map(({ id }) => id);
    if (ids.length > 0) await this.tellEveryPod(ids, performance.now());
    return ids.length;
  }

  private async tellEveryPod(ids: readonly string[], committedAtMs: number): Promise<void> {
    this.feed.add(ids);
    if (await this.cache.markGone(ids)) return;
    await wait(committedAtMs + WAIT_MS - performance.now());
  }
}
