import { cannotWrite, Database } from '@kubernest/db';
import { Lifecycle } from '@kubernest/lifecycle';
import { Inject, Injectable, Logger, OnModuleInit } from '@nestjs/common';
import { COPY_MAX_MS } from './session-copy';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

/**
 * How long after Postgres was asked for revocations a pod may go on trusting copies. A constant and not a setting: every
 * pod relies on the others', also during a rollout.
 */
export const TRUST_MS = 1_000;

/** For clocks that differ, and for a revocation whose commit takes long. */
const SLACK_MS = 30_000;
const RETIRE_MS = COPY_MAX_MS + SLACK_MS;

interface Poll {
  nowMs: number;
  ids: string[];
}

const POLL = `
  SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS "nowMs",
    ARRAY(SELECT session_id FROM session_revocation) AS ids`;

/** Several pods retire the same rows; whoever comes second leaves them to the first. */
const RETIRE = `
  DELETE FROM session_revocation WHERE session_id IN (
    SELECT session_id FROM session_revocation WHERE session_id = ANY($1) FOR UPDATE SKIP LOCKED)`;

/**
 * Knows which sessions were revoked lately, by asking Postgres every SESSION_REVOCATION_POLL_MS, and so whether copies in
 * Redis may be trusted: only while the last answer was asked for less than TRUST_MS ago.
 */
@Injectable()
export class RevocationFeed implements OnModuleInit {
  private readonly logger = new Logger('RevocationFeed');
  /** When this process learnt of each, by its monotonic clock. */
  private revoked = new Map<string, number>();
  private askedAtMs = Number.NEGATIVE_INFINITY;
  private databaseAheadMs = 0;
  private timer: NodeJS.Timeout | undefined;
  private polling: Promise<void> = Promise.resolve();
  private stopped = false;
  /** Undefined until there was a first answer: a start without Postgres is told by libs/db. */
  private failing: boolean | undefined;

  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SESSIONS_CONFIG) private readonly config: SessionsConfig,
    @Inject(Lifecycle) lifecycle: Lifecycle,
  ) {
    // After HTTP has closed: as long as requests are served, the cache has to be trusted.
    lifecycle.onClose('workers', 'revocation feed', () => this.stop());
  }

  onModuleInit(): void {
    this.pollIn(0);
  }

  trustsCopies(): boolean {
    return performance.now() - this.askedAtMs < TRUST_MS;
  }

  isRevoked(id: string): boolean {
    return this.revoked.has(id);
  }

  /** Postgres's clock in milliseconds since 1970, never behind it; only to be asked for while copies are trusted. */
  databaseNowMs(): number {
    return performance.now() + this.databaseAheadMs;
  }

  /** What this process revoked itself need not wait for the next poll. */
  add(ids: readonly string[]): void {
    for (const id of ids) this.revoked.set(id, performance.now());
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.polling;
  }

  private pollIn(delayMs: number): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      const startedAtMs = performance.now();
      this.polling = this.poll().then(() =>
        this.pollIn(Math.max(startedAtMs + this.config.SESSION_REVOCATION_POLL_MS - performance.now(), 0)),
      );
    }, delayMs).unref();
  }

  private async poll(): Promise<void> {
    const askedAtMs = performance.now();
    try {
      const [answer] = await this.database.query<Poll>(POLL);
      if (!answer) throw new Error('postgres answered without a row');
      this.revoked = this.merge(answer.ids, askedAtMs);
      this.databaseAheadMs = answer.nowMs - askedAtMs;
      this.askedAtMs = askedAtMs;
      this.logChange(undefined);
      await this.retire();
    } catch (error) {
      this.logChange(error);
    }
  }

  /** What was added since the question was put is not in the answer yet. */
  private merge(ids: readonly string[], askedAtMs: number): Map<string, number> {
    const merged = new Map<string, number>();
    for (const [id, learntAtMs] of this.revoked) if (learntAtMs >= askedAtMs) merged.set(id, learntAtMs);
    for (const id of ids) merged.set(id, this.revoked.get(id) ?? performance.now());
    return merged;
  }

  /** A revocation that was known for so long has outlived every copy of its session. */
  private async retire(): Promise<void> {
    const before = performance.now() - RETIRE_MS;
    const old = [...this.revoked].filter(([, learntAtMs]) => learntAtMs < before).map(([id]) => id);
    if (old.length === 0) return;
    await this.database.query(RETIRE, [old]).catch((error: unknown) => {
      // They are known all the same, and stay until Postgres can write again.
      if (!cannotWrite(error)) throw error;
    });
  }

  private logChange(error: unknown): void {
    if (error && this.failing === false)
      this.logger.warn({
        msg: 'revocations are unknown: sessions will be read from postgres only',
        err: error,
      });
    if (!error && this.failing) this.logger.log({ msg: 'revocations are known again' });
    if (!error || this.failing !== undefined) this.failing = Boolean(error);
  }
}
