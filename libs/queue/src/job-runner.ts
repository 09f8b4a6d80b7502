import { Logger } from '@nestjs/common';
import { Job, UnrecoverableError, WaitingError } from 'bullmq';
import { AsyncLocalStorage } from 'node:async_hooks';
import type { QueueDefinition } from './define-queue';
import { HandedBackError } from './handed-back-error';
import type { JobProcessor } from './job-processor';
import { traceProcessing } from './job-trace';
import type { JobMetrics } from './queue-metrics';

type Scope = ReturnType<typeof AsyncLocalStorage.snapshot>;

/** Between BullMQ and a processor: checks the payload, tells of SIGTERM, hands back. */
export class JobRunner {
  private readonly logger = new Logger('JobRunner');
  private readonly open = new Map<string, number>();
  private readonly scopes = new WeakMap<Job, Scope>();

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
      await traceProcessing(job, this.isHandedBack, () => {
        this.scopes.set(job, AsyncLocalStorage.snapshot());
        return this.processor.process(this.prepare(job, id));
      });
    } catch (error) {
      if (this.isHandedBack(error)) {
        letGo();
        await this.handBack(job, token);
      }
      throw error;
    } finally {
      this.open.delete(id);
    }
  }

  /** For what is logged of a job after its attempt: so it has the ids of the attempt's trace. */
  within(job: Job, log: () => void): void {
    const scope = this.scopes.get(job);
    if (scope) scope(log);
    else log();
  }

  /** Without a shutdown the job would come back at once, again and again, at no cost of an attempt. */
  private readonly isHandedBack = (error: unknown): boolean =>
    error instanceof HandedBackError && this.signal.aborted;

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
    const line = {
      msg: 'job handed back: the process is shutting down',
      queue: this.queue.name,
      jobId: job.id,
    };
    this.within(job, () => this.logger.log(line));
    throw new WaitingError();
  }
}
