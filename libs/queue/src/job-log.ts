import { UnavailableError } from '@kubernest/errors';
import { asUnavailable } from '@kubernest/redis';
import type { Logger } from '@nestjs/common';
import type { Job, Worker } from 'bullmq';
import type { JobRunner } from './job-runner';

/** What becomes of a queue's jobs, once Redis has it: a line claims nothing that could still be lost. */
export function logJobs(worker: Worker, runner: JobRunner, logger: Logger): void {
  const queue = worker.name;
  worker.on('completed', (job) =>
    runner.within(job, () => logger.log({ msg: 'job done', ...describe(job) })),
  );
  worker.on('failed', (job, err) => {
    if (!job) logger.error({ msg: 'job failed', queue, err });
    else if (job.finishedOn)
      runner.within(job, () => logger.error({ msg: 'job failed', ...describe(job), err }));
    else
      runner.within(job, () => logger.warn({ msg: 'job failed: it is tried again', ...describe(job), err }));
  });
  worker.on('stalled', (jobId) =>
    logger.warn({ msg: 'job waits again: the process that had it died, or stood still', queue, jobId }),
  );
  worker.on('lockRenewalFailed', (jobIds) =>
    logger.warn({ msg: 'jobs lost their lock: another process may run them too', queue, jobIds }),
  );
  // Without a listener BullMQ prints raw errors; the client itself logs an outage.
  worker.on('error', (error) => {
    const outage = asUnavailable(error) instanceof UnavailableError;
    logger[outage ? 'debug' : 'warn']({ msg: `consumer of ${queue}`, err: error });
  });
}

function describe(job: Job): object {
  const { id, queueName, attemptsMade, processedOn, finishedOn } = job;
  const durationMs = processedOn && finishedOn ? finishedOn - processedOn : undefined;
  return { queue: queueName, jobId: id, attempt: attemptsMade, durationMs };
}
