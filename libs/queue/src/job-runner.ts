import { Logger } from '@nestjs/common';
import { Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { QueueDefinition } from './define-queue';
import { HandedBackError } from './handed-back-error';
import type { JobProcessor } from './job-processor';

/** Between BullMQ and a processor: checks the payload, tells of SIGTERM, hands back, logs. */
export class JobRunner {
  private readonly logger = new Logger('JobRunner');
  private readonly open = new Map<string, number>();

  constructor(
    private readonly processor: JobProcessor<unknown>,
    private readonly signal: AbortSignal,
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

  async run(job: Job, token: string | undefined): Promise<void> {
    const id = job.id ?? 'unknown';
    const about = { queue: this.queue.name, jobId: id, attempt: job.attemptsMade + 1 };
    const startedAt = performance.now();
    this.open.set(id, startedAt);
    try {
      await this.processor.process(this.prepare(job, id));
      this.logger.log({ msg: 'job done', ...about, durationMs: Math.round(performance.now() - startedAt) });
    } catch (error) {
      if (error instanceof HandedBackError) await this.handBack(job, token, about);
      this.logger.error({ msg: 'job failed', ...about, err: error });
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

  private async handBack(job: Job, token: string | undefined, about: object): Promise<never> {
    await job.moveToWait(token);
    this.logger.log({ msg: 'job handed back: the process is shutting down', ...about });
    throw new WaitingError();
  }
}
