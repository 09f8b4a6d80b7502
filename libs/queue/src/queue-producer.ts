import { InvalidInputError, UnavailableError } from '@kubernest/errors';
import { asUnavailable } from '@kubernest/redis';
import { Logger } from '@nestjs/common';
import { JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueDefinition } from './define-queue';
import { traceSending } from './job-trace';
import { contentOf, QueueContent } from './queue-content';
import { applySchedule, ScheduleOptions } from './queue-schedule';

/** Adds jobs. Fails fast with UnavailableError while Redis is away: a request does not wait for it. */
export class QueueProducer {
  private readonly logger = new Logger('QueueProducer');
  private readonly queues = new Map<string, Queue>();

  constructor(
    private readonly redis: Redis,
    private readonly prefix: string,
  ) {}

  /**
   * @param jobId adding a second job with the same id, while the first one is still known, changes nothing
   * @throws InvalidInputError when the payload does not fit the queue's schema
   * @throws UnavailableError while Redis is away or too slow
   */
  async add<Payload>(
    queue: QueueDefinition<Payload>,
    payload: Payload,
    { jobId }: { jobId?: string } = {},
  ): Promise<void> {
    const data = checkedPayload(queue, payload);
    await this.reach(queue, (opened) =>
      traceSending(queue.name, jobId, (trace) =>
        opened.add(queue.name, data, { ...jobOptions(queue), ...(jobId && { jobId }), ...trace }),
      ),
    );
  }

  /**
   * Makes the queue's schedule what it should be: a cron pattern (in UTC), or none. However many processes say so, however
   * often, a job is added once per date, and one that is due but not taken up yet stays.
   *
   * @returns whether anything had to be changed
   * @throws as `add` does, and Error when the pattern cannot be read
   */
  async schedule<Payload>(
    queue: QueueDefinition<Payload>,
    schedulerId: string,
    pattern: string | undefined,
    payload: Payload,
    options?: ScheduleOptions,
  ): Promise<boolean> {
    const data = checkedPayload(queue, payload);
    const template = { name: queue.name, data, opts: jobOptions(queue) };
    return this.reach(queue, (opened) =>
      applySchedule(opened, { id: schedulerId, pattern, template }, options),
    );
  }

  /** @throws UnavailableError while Redis is away or too slow */
  inspect(queue: QueueDefinition<unknown>): Promise<QueueContent> {
    return this.reach(queue, contentOf);
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.queues.values(), (queue) => queue.close()));
  }

  /** A queue of BullMQ waits for its first connection, however long that takes: it is made when there is one. */
  private async reach<T>(
    definition: QueueDefinition<unknown>,
    work: (queue: Queue) => Promise<T>,
  ): Promise<T> {
    if (this.redis.status !== 'ready') throw new UnavailableError('redis');
    try {
      return await work(this.open(definition));
    } catch (error) {
      throw asUnavailable(error);
    }
  }

  private open(definition: QueueDefinition<unknown>): Queue {
    let queue = this.queues.get(definition.name);
    if (!queue) {
      // Were the question about the version not answered, the queue would be of no use for ever; workers ask it too.
      const options = { connection: this.redis, prefix: this.prefix, skipVersionCheck: true };
      queue = new Queue(definition.name, options);
      // Without a listener BullMQ prints raw errors; the client itself logs an outage.
      queue.on('error', (error) => this.logger.debug({ msg: `queue ${definition.name}`, err: error }));
      this.queues.set(definition.name, queue);
    }
    return queue;
  }
}

function checkedPayload<Payload>(queue: QueueDefinition<Payload>, payload: unknown): Payload {
  const result = queue.payload.safeParse(payload);
  if (!result.success)
    throw new InvalidInputError(`the payload does not fit queue ${queue.name}`, [], { cause: result.error });
  return result.data;
}

/** Of every job of the queue. */
export function jobOptions(queue: QueueDefinition<unknown>): JobsOptions {
  return {
    attempts: queue.attempts,
    backoff: { type: 'exponential', delay: queue.backoffMs },
    removeOnComplete: { count: queue.keepCompleted },
    removeOnFail: { count: queue.keepFailed },
  };
}
