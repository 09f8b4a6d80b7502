import { InvalidInputError, UnavailableError } from '@kubernest/errors';
import { Logger } from '@nestjs/common';
import { JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { QueueDefinition } from './define-queue';

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
   */
  async add<Payload>(
    queue: QueueDefinition<Payload>,
    payload: Payload,
    { jobId }: { jobId?: string } = {},
  ): Promise<void> {
    const data = checkedPayload(queue, payload);
    await this.reach(() =>
      this.open(queue).add(queue.name, data, { ...jobOptions(queue), ...(jobId && { jobId }) }),
    );
  }

  /**
   * Makes the queue's schedule what it should be: a cron pattern (in UTC), or none. However many processes say so, a
   * job is added once per date.
   */
  async schedule<Payload>(
    queue: QueueDefinition<Payload>,
    schedulerId: string,
    pattern: string | undefined,
    payload: Payload,
  ): Promise<void> {
    const data = checkedPayload(queue, payload);
    await this.reach(async () => {
      if (pattern === undefined) await this.open(queue).removeJobScheduler(schedulerId);
      else
        await this.open(queue).upsertJobScheduler(
          schedulerId,
          { pattern, tz: 'Etc/UTC' },
          { name: queue.name, data, opts: jobOptions(queue) },
        );
    });
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.queues.values(), (queue) => queue.close()));
  }

  private open(definition: QueueDefinition<unknown>): Queue {
    let queue = this.queues.get(definition.name);
    if (!queue) {
      queue = new Queue(definition.name, { connection: this.redis, prefix: this.prefix });
      // Without a listener BullMQ prints raw errors; the client itself already logs an outage.
      queue.on('error', (error) => this.logger.debug({ msg: `queue ${definition.name}`, err: error }));
      this.queues.set(definition.name, queue);
    }
    return queue;
  }

  private async reach(work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw new UnavailableError('redis', 'the queue is not available: try again later', { cause: error });
    }
  }
}

function checkedPayload<Payload>(queue: QueueDefinition<Payload>, payload: unknown): Payload {
  const result = queue.payload.safeParse(payload);
  if (!result.success)
    throw new InvalidInputError(`the payload does not fit queue ${queue.name}`, [], { cause: result.error });
  return result.data;
}

function jobOptions(queue: QueueDefinition<unknown>): JobsOptions {
  return {
    attempts: queue.attempts,
    backoff: { type: 'exponential', delay: queue.backoffMs },
    removeOnComplete: { count: queue.keepCompleted },
    removeOnFail: { count: queue.keepFailed },
  };
}
