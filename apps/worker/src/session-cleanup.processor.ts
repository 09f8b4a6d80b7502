import { HandedBackError, JobProcessor, RunningJob } from '@kubernest/queue';
import { SessionCleanup, sessionCleanupQueue } from '@kubernest/sessions';
import { Inject, Injectable } from '@nestjs/common';

@Injectable()
export class SessionCleanupProcessor implements JobProcessor<object> {
  readonly queue = sessionCleanupQueue;

  constructor(@Inject(SessionCleanup) private readonly cleanup: SessionCleanup) {}

  async process(job: RunningJob<object>): Promise<void> {
    const { outcome } = await this.cleanup.run({
      signal: job.signal,
      onProgress: (progress) => job.progress(progress),
    });
    if (outcome === 'stopped') throw new HandedBackError();
  }
}
