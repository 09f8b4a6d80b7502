import { UnavailableError } from '@kubernest/errors';
import { Lifecycle } from '@kubernest/lifecycle';
import { QueueProducer } from '@kubernest/queue';
import { sessionCleanupQueue } from '@kubernest/sessions';
import { FactoryProvider, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import type { WorkerConfig } from './variables';

const RETRY_MS = 500;
/** A Redis that was restarted empty, or that failed over and lost what it had just been told, has no schedule. */
const RESTORE_MS = 1_000;
/** The schedule's id in Redis. */
const SESSION_CLEANUP = 'cleanup-expired-sessions';

/**
 * Makes the schedules in Redis what the configuration says, however long Redis is away at the start, and brings them back
 * when Redis has forgotten them.
 */
export class Schedules implements OnApplicationBootstrap {
  private readonly logger = new Logger('Schedules');

  constructor(
    private readonly config: Pick<WorkerConfig, 'SESSION_CLEANUP_SCHEDULE'>,
    private readonly producer: QueueProducer,
    private readonly lifecycle: Lifecycle,
  ) {}

  static provider(config: WorkerConfig): FactoryProvider<Schedules> {
    return {
      provide: Schedules,
      useFactory: (producer: QueueProducer, lifecycle: Lifecycle) =>
        new Schedules(config, producer, lifecycle),
      inject: [QueueProducer, Lifecycle],
    };
  }

  onApplicationBootstrap(): void {
    void this.keepScheduled();
  }

  private async keepScheduled(): Promise<void> {
    let applied = false;
    while (this.lifecycle.state === 'starting' || this.lifecycle.state === 'ready') {
      try {
        await (applied ? this.restore() : this.apply());
        applied = true;
      } catch (error) {
        if (!applied && !(error instanceof UnavailableError)) {
          this.giveUp(error);
          return;
        }
      }
      await wait(applied ? RESTORE_MS : RETRY_MS, undefined, { ref: false });
    }
  }

  private async apply(): Promise<void> {
    const pattern = this.config.SESSION_CLEANUP_SCHEDULE;
    await this.producer.schedule(sessionCleanupQueue, SESSION_CLEANUP, pattern, {});
    this.logger.log({
      msg: pattern ? 'session cleanup is scheduled' : 'session cleanup is not scheduled here',
      pattern,
    });
  }

  /** Not what a worker of another release, which started later, has made of it. */
  private async restore(): Promise<void> {
    const pattern = this.config.SESSION_CLEANUP_SCHEDULE;
    const options = { replace: false };
    const restored = await this.producer.schedule(sessionCleanupQueue, SESSION_CLEANUP, pattern, {}, options);
    if (restored && pattern)
      this.logger.warn({
        msg: 'redis had lost the schedule of the session cleanup: scheduled again',
        pattern,
      });
  }

  private giveUp(error: unknown): void {
    this.logger.error({
      msg: 'session cleanup is not scheduled: is SESSION_CLEANUP_SCHEDULE a cron pattern?',
      err: error,
    });
  }
}
