import { UnavailableError } from '@kubernest/errors';
import { Lifecycle } from '@kubernest/lifecycle';
import { FactoryProvider, Logger, OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import type { QueueDefinition } from './define-queue';
import { QueueProducer } from './queue-producer';

const RETRY_MS = 500;
/** A Redis that was restarted empty, or that failed over and lost what it had just been told, has no schedule. */
const RESTORE_MS = 1_000;

/** Adds a job without a payload to a queue at each date of a cron pattern. */
export interface Schedule {
  /** In Redis, and in the log. */
  id: string;
  queue: QueueDefinition<object>;
  /** In UTC. Without one, the schedule is taken out of Redis. */
  pattern: string | undefined;
}

/**
 * Makes the schedules in Redis what the configuration says, however long Redis is away at the start, and brings them back
 * when Redis has forgotten them.
 */
export class Schedules implements OnApplicationBootstrap {
  private readonly logger = new Logger('Schedules');

  constructor(
    private readonly schedules: readonly Schedule[],
    private readonly producer: QueueProducer,
    private readonly lifecycle: Lifecycle,
  ) {}

  static provider(schedules: readonly Schedule[]): FactoryProvider<Schedules> {
    return {
      provide: Schedules,
      useFactory: (producer: QueueProducer, lifecycle: Lifecycle) =>
        new Schedules(schedules, producer, lifecycle),
      inject: [QueueProducer, Lifecycle],
    };
  }

  onApplicationBootstrap(): void {
    for (const schedule of this.schedules) void this.keepScheduled(schedule);
  }

  private async keepScheduled(schedule: Schedule): Promise<void> {
    let applied = false;
    let failing = false;
    while (this.lifecycle.state === 'starting' || this.lifecycle.state === 'ready') {
      try {
        await (applied ? this.restore(schedule) : this.apply(schedule));
        applied = true;
        failing = false;
      } catch (error) {
        // An outage is told by the client of Redis.
        const unexpected = !(error instanceof UnavailableError);
        if (unexpected && !applied) {
          this.giveUp(schedule, error);
          return;
        }
        if (unexpected && !failing) this.warn(schedule, error);
        failing ||= unexpected;
      }
      await wait(applied ? RESTORE_MS : RETRY_MS, undefined, { ref: false });
    }
  }

  private async apply({ id, queue, pattern }: Schedule): Promise<void> {
    await this.producer.schedule(queue, id, pattern, {});
    this.logger.log({ msg: pattern ? `${id} is scheduled` : `${id} is not scheduled here`, pattern });
  }

  /** Not what a worker of another release, which started later, has made of it. */
  private async restore({ id, queue, pattern }: Schedule): Promise<void> {
    const restored = await this.producer.schedule(queue, id, pattern, {}, { replace: false });
    if (restored && pattern)
      this.logger.warn({ msg: `redis had lost the schedule of ${id}: scheduled again`, pattern });
  }

  private warn({ id }: Schedule, error: unknown): void {
    this.logger.warn({ msg: `whether redis still has the schedule of ${id} is not known`, err: error });
  }

  private giveUp({ id, pattern }: Schedule, error: unknown): void {
    this.logger.error({ msg: `${id} is not scheduled: is it a cron pattern?`, pattern, err: error });
  }
}
