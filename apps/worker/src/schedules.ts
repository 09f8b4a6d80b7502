import { UnavailableError } from '@kubernest/errors';
import { Lifecycle } from '@kubernest/lifecycle';
import { QueueProducer } from '@kubernest/queue';
import { sessionCleanupQueue } from '@kubernest/sessions';
import { FactoryProvider, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import type { WorkerConfig } from './variables';

const RETRY_MS = 500;
/** The schedule's id in Redis. */
const SESSION_CLEANUP = 'cleanup-expired-sessions';

/** Makes the schedules in Redis what the configuration says, however long Redis is away at the start. */
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
    void this.keepTrying();
  }

  private async keepTrying(): Promise<void> {
    while (this.lifecycle.state === 'starting' || this.lifecycle.state === 'ready') {
      try {
        await this.apply();
        return;
      } catch (error) {
        if (!(error instanceof UnavailableError)) {
          this.giveUp(error);
          return;
        }
        await wait(RETRY_MS);
      }
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

  private giveUp(error: unknown): void {
    this.logger.error({
      msg: 'session cleanup is not scheduled: is SESSION_CLEANUP_SCHEDULE a cron pattern?',
      err: error,
    });
  }
}
