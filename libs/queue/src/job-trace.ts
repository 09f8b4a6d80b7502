import { TraceCarrier, tracing } from '@kubernest/telemetry';
import type { Job, JobsOptions } from 'bullmq';

/*
 * One trace from whoever adds a job to whoever works it off. The context is kept where BullMQ's own telemetry keeps it, so that
 * processes that use that understand it. Here it is not used: it makes a trace of each poll of an idle worker, and one that never ends of the
 * search for stalled jobs (bullmq-otel 2.0.1 has no `root`); and to it a job that failed is no failure.
 */

/** @param send adds the job with these options */
export function traceSending<T>(
  queue: string,
  jobId: string | undefined,
  send: (options: Pick<JobsOptions, 'telemetry'>) => Promise<T>,
): Promise<T> {
  const attributes = {
    ...describe('send', queue),
    ...(jobId !== undefined && { 'messaging.message.id': jobId }),
  };
  return tracing.run({ name: `send ${queue}`, kind: 'producer', attributes }, () => {
    const carrier = tracing.carrier();
    return send(carrier ? { telemetry: { metadata: JSON.stringify(carrier) } } : {});
  });
}

/** One attempt. A job that nobody sent, such as one of a schedule, is a trace by itself. */
export function traceProcessing<T>(
  job: Job,
  isNoFailure: (error: unknown) => boolean,
  process: () => Promise<T>,
): Promise<T> {
  const attributes = {
    ...describe('process', job.queueName),
    'messaging.message.id': job.id ?? 'unknown',
    'bullmq.job.attempts.made': job.attemptsMade,
  };
  const carrier = carrierOf(job);
  const name = `process ${job.queueName}`;
  return tracing.run({ name, kind: 'consumer', attributes, carrier, isNoFailure }, process);
}

function describe(operation: 'send' | 'process', queue: string) {
  return {
    'messaging.system': 'bullmq',
    'messaging.destination.name': queue,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
  };
}

function carrierOf({ opts }: Job): TraceCarrier | undefined {
  try {
    return JSON.parse(opts.telemetry?.metadata ?? '') as TraceCarrier;
  } catch {
    return undefined;
  }
}
