import type { Metrics } from '@kubernest/telemetry';
import type { Job, Worker } from 'bullmq';
import { Counter, Histogram } from 'prom-client';
import type { QueueDefinition } from './define-queue';
import type { QueueProducer } from './queue-producer';

const STATES = ['waiting', 'active', 'delayed', 'failed', 'completed'] as const;

/** How a run of a job ended. `retried`: it failed, and will be tried again. */
export type JobOutcome = 'completed' | 'failed' | 'retried' | 'handed_back';

/** What becomes of the jobs that this process runs. */
export class JobMetrics {
  private readonly durations: Histogram;
  private readonly retries: Counter;
  private readonly stalled: Counter;

  constructor({ registry }: Metrics, queues: readonly QueueDefinition<unknown>[]) {
    const registers = [registry];
    this.durations = new Histogram({
      name: 'queue_job_duration_seconds',
      help: 'Time from the taking up of a job to the end of that run.',
      labelNames: ['queue', 'outcome'],
      buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1800, 3600],
      registers,
    });
    this.retries = new Counter({
      name: 'queue_job_retries_total',
      help: 'Runs of jobs that failed and will be tried again.',
      labelNames: ['queue'],
      registers,
    });
    this.stalled = new Counter({
      name: 'queue_jobs_stalled_total',
      help: 'Jobs that this process took over from one that died.',
      labelNames: ['queue'],
      registers,
    });
    // From 0 on, so that the first one shows as an increase.
    for (const { name } of queues)
      for (const counter of [this.retries, this.stalled]) counter.inc({ queue: name }, 0);
  }

  /** By what Redis has been told. */
  observe(worker: Worker): void {
    const queue = worker.name;
    worker.on('completed', (job) => this.ended(job, 'completed'));
    worker.on('failed', (job) => {
      if (!job) return;
      const outcome = job.finishedOn ? 'failed' : 'retried';
      this.ended(job, outcome);
      if (outcome === 'retried') this.retries.inc({ queue });
    });
    worker.on('stalled', () => this.stalled.inc({ queue }));
  }

  ended({ queueName: queue, processedOn, finishedOn }: Job, outcome: JobOutcome): void {
    const nowMs = Date.now();
    const seconds = Math.max(0, ((finishedOn ?? nowMs) - (processedOn ?? nowMs)) / 1000);
    this.durations.observe({ queue, outcome }, seconds);
  }
}

/** What is in Redis, the same for every process that says so. Only of declared queues, whatever else is there. */
export function exportQueues(
  metrics: Metrics,
  queues: readonly QueueDefinition<unknown>[],
  producer: QueueProducer,
): void {
  metrics.collect({
    name: 'queues',
    metrics: {
      queue_jobs: {
        help: 'Jobs by state, the same on every worker; failed and completed are those that are kept.',
        labelNames: ['queue', 'state'],
      },
      queue_oldest_waiting_job_age_seconds: {
        help: 'How long ago the job that is next was due, the same on every worker; 0 when none waits.',
        labelNames: ['queue'],
      },
    },
    read: () => readQueues(queues, producer),
  });
}

async function readQueues(queues: readonly QueueDefinition<unknown>[], producer: QueueProducer) {
  const found = await Promise.all(
    queues.map(async (queue) => ({ queue: queue.name, ...(await producer.inspect(queue)) })),
  );
  return {
    queue_jobs: found.flatMap(({ queue, jobs }) =>
      STATES.map((state) => ({ labels: { queue, state }, value: jobs[state] })),
    ),
    queue_oldest_waiting_job_age_seconds: found.map(({ queue, oldestWaitingMs }) => ({
      labels: { queue },
      value: oldestWaitingMs / 1000,
    })),
  };
}
