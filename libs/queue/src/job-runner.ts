import { Logger } from '@nestjs/common';
import { Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { QueueDefinition } from './define-queue';
import { HandedBackError } from './handed-back-error';
import type { JobProcessor } from './job-processor';
import type { JobMetrics } from './queue-metrics';

/** Between BullMQ and a processor: checks the payload, tells of SIGTERM, hands back. */
export class JobRunner {
  private readonly logger = new Logger('JobRunner');
  private readonly open = new Map<string, number>();

  constructor(
    private readonly processor: JobProcessor<unknown>,
    private readonly signal: AbortSignal,
    private readonly metrics: JobMetrics,
  ) {}

  get queue(): QueueDefinition<unknown> {
    return this.processor.queue;
  }

  openJobs(): string[] {
    const now = performance.now();
    return Array.from(
      this.open,
      ([id, since]) => `job ${id} of ${this.queue.name}, open for ${Math.round(now - since)} ms`,
    );
  }

  /** @param letGo is called before the job waits again, when its lock is no longer this process's to renew */
  async run(job: Job, token: string | undefined, letGo: () => void): Promise<void> {
    const id = job.id ?? 'unknown';
    this.open.set(id, performance.now());
    try {
      await this.processor.process(this.prepare(job, id));
    } catch (error) {
      // Without a shutdown the job would come back at once, again and again, at no cost of an attempt.
      if (error instanceof HandedBackError && this.signal.aborted) {
        letGo();
        await this.handBack(job, token);
      }
      throw error;
    } finally {
      this.open.delete(id);
    }
  }

  private prepare(job: Job, id: string) {
    const payload = this.queue.payload.safeParse(job.data);
    if (!payload.success) throw new UnrecoverableError(`the payload does not fit queue ${this.queue.name}`);
    return {
      id,
      payload: payload.data,
      attempt: job.attemptsMade + 1,
      signal: this.signal,
      progress: (value: object) => job.updateProgress(value),
      lastProgress: job.progress,
    };
  }

  private async handBack(job: Job, token: string | undefined): Promise<never> {
    await job.moveToWait(token);
    this.metrics.ended(job, 'handed_back');
    this.logger.log({
      msg: 'job handed back: the process is shutting down',
      queue: this.queue.name,
      jobId: job.id,
    });
    throw new WaitingError();
  }
}
