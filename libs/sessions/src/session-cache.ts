import { REDIS } from '@kubernest/redis';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { COPY_MAX_MS, readCopy, SessionCopy, writeCopy } from './session-copy';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

/** In place of a copy: this session does not exist any more, and never will again. */
export const GONE = 'gone';

/** After a failure nobody but one caller tries again for this long: a paused Redis costs each command its time-out. */
const AVOID_MS = 1_000;
const RUN_ID = /^run_id:(\w+)\r?$/m;

/**
 * Copies of sessions in Redis. Nothing here throws or is trusted further than sessions-and-revocation.md says.
 *
 * Keys name the run of the Redis server. One that was restarted from an old snapshot, or a replica that took over, has
 * another run id: what it remembers of before is never looked at.
 */
@Injectable()
export class SessionCache {
  private readonly logger = new Logger('SessionCache');
  private runId: string | undefined;
  private identifying = false;
  private failed = false;
  private avoidUntilMs = 0;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(SESSIONS_CONFIG) private readonly config: SessionsConfig,
  ) {
    redis.on('ready', () => void this.identify());
    redis.on('close', () => (this.runId = undefined));
    if (redis.status === 'ready') void this.identify();
  }

  /** The server's run, to be handed to `fill`; undefined while the cache is of no use. */
  get run(): string | undefined {
    return this.runId;
  }

  /** `undefined` when Redis has nothing, or cannot be asked. */
  async find(id: string): Promise<SessionCopy | typeof GONE | undefined> {
    const run = this.usable();
    if (!run) return undefined;
    try {
      const text = await this.redis.get(this.key(run, id));
      this.failed = false;
      if (text === null || this.runId !== run) return undefined;
      return text === GONE ? GONE : readCopy(text);
    } catch (error) {
      this.avoid(error);
      return undefined;
    }
  }

  /**
   * Keeps a copy, unless the session was marked as gone meanwhile.
   *
   * @param run as it was before Postgres was asked; when the server has changed since, a mark may be lost with the old one
   */
  async fill(run: string | undefined, copy: SessionCopy, ttlMs: number): Promise<void> {
    if (!run || run !== this.runId || this.avoiding() || ttlMs < 1) return;
    try {
      await this.redis.set(this.key(run, copy.session.id), writeCopy(copy), 'PX', Math.floor(ttlMs), 'NX');
    } catch (error) {
      this.avoid(error);
    }
  }

  /** Overwrites the copies of sessions that do not exist any more. True once Redis has confirmed every one. */
  async markGone(ids: readonly string[]): Promise<boolean> {
    const run = this.runId;
    if (!run) return false;
    try {
      await Promise.all(ids.map((id) => this.redis.set(this.key(run, id), GONE, 'PX', COPY_MAX_MS)));
      return this.runId === run;
    } catch (error) {
      this.avoid(error);
      return false;
    }
  }

  private key(run: string, id: string): string {
    return `${this.config.REDIS_KEY_PREFIX}:session:${run}:${id}`;
  }

  private avoiding(): boolean {
    return this.failed && performance.now() < this.avoidUntilMs;
  }

  private usable(): string | undefined {
    if (this.avoiding()) return undefined;
    // The one that gets here after a failure tries; the others go on avoiding.
    if (this.failed) this.avoidUntilMs = performance.now() + AVOID_MS;
    if (!this.runId && this.redis.status === 'ready') void this.identify();
    return this.runId;
  }

  private avoid(error: unknown): void {
    if (!this.failed) this.logger.debug({ msg: 'sessions are read from postgres for now', err: error });
    this.failed = true;
    this.avoidUntilMs = performance.now() + AVOID_MS;
  }

  private async identify(): Promise<void> {
    if (this.identifying) return;
    this.identifying = true;
    try {
      const runId = RUN_ID.exec(await this.redis.info('server'))?.[1];
      if (!runId) throw new Error('INFO server has no run_id');
      if (this.redis.status === 'ready') this.runId = runId;
    } catch (error) {
      this.avoid(error);
    } finally {
      this.identifying = false;
    }
  }
}
