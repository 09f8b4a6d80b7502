import { UnavailableError } from '@kubernest/errors';
import { Lifecycle } from '@kubernest/lifecycle';
import { createRedis, RedisConfig } from '@kubernest/redis';
import { Metrics } from '@kubernest/telemetry';
import { Logger, OnApplicationBootstrap } from '@nestjs/common';
import { Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import type { QueueDefinition } from './define-queue';
import type { JobProcessor } from './job-processor';
import { logJobs } from './job-log';
import { JobRunner } from './job-runner';
import { JobMetrics } from './queue-metrics';

const CHECK = 'consumers';
const WAIT_FOR_DEPENDENCIES_MS = 250;
/** How long a shutdown with no job in hand waits for an answer of Redis. */
const AWAY_MS = 2_000;
const AWAY_POLL_MS = 100;
/**
 * How often somebody looks for jobs whose process died, however many processes there are; while one of them ends, half as
 * often. The second look that finds a job without a lock takes it.
 */
const STALLED_CHECK_MS = 5_000;
/**
 * How long a worker waits, in seconds, for Redis to tell it of a job before it looks by itself: a connection that broke, or
 * a failover, may have taken the news with it. BullMQ would wait for 10 s.
 */
const LOOK_AFTER_SECONDS = 2;
/** After an error of the connection; BullMQ would wait for 15 s. */
const RUN_RETRY_MS = 1_000;
/** A job is not to blame for the node that it ran on; but one that kills its process each time must end. */
const MAX_STALLED = 5;

class LookingWorker extends Worker {
  override get maximumBlockTimeout(): number {
    return LOOK_AFTER_SECONDS;
  }

  /** Renews its lock no more, as BullMQ does for a job that ends. */
  letGo(job: Job): void {
    this.lockManager.untrackJob(job.id ?? '');
  }
}

/**
 * The consumers of a worker process: one per declared queue. They start once every other readiness check passes, so that
 * no job meets a database that is not migrated yet, and take no new job from SIGTERM on.
 */
export class Consumers implements OnApplicationBootstrap {
  private readonly logger = new Logger('Consumers');
  private readonly stopping = new AbortController();
  private readonly workers: Worker[] = [];
  private readonly runners: JobRunner[];
  private readonly jobMetrics: JobMetrics;
  private redis: Redis | undefined;
  private closed: Promise<unknown> = Promise.resolve();

  /** @throws Error unless each declared queue has exactly one processor, and each processor a declared queue */
  constructor(
    declared: readonly QueueDefinition<unknown>[],
    processors: readonly JobProcessor<unknown>[],
    private readonly config: RedisConfig,
    private readonly lifecycle: Lifecycle,
    private readonly metrics = Metrics.off(),
  ) {
    assertOneProcessorEach(declared, processors);
    this.jobMetrics = new JobMetrics(metrics, declared);
    this.runners = processors.map(
      (processor) => new JobRunner(processor, this.stopping.signal, this.jobMetrics),
    );
    lifecycle.addCheck({ name: CHECK, run: () => this.check() });
    lifecycle.reportOpenWork(() => this.runners.flatMap((runner) => runner.openJobs()));
    lifecycle.onDrain(CHECK, () => this.stop());
    lifecycle.onClose('workers', CHECK, () => this.closed);
    lifecycle.onClose('redis', 'redis of the consumers', () => this.redis?.disconnect());
  }

  onApplicationBootstrap(): void {
    void this.start();
  }

  private async start(): Promise<void> {
    while (!(await this.dependenciesReady())) await wait(WAIT_FOR_DEPENDENCIES_MS);
    if (this.stopping.signal.aborted) return;
    this.redis = createRedis(this.config, { role: 'consumer', name: CHECK, metrics: this.metrics });
    for (const runner of this.runners) this.workers.push(this.consume(runner, this.redis));
    const ready = await Promise.allSettled(this.workers.map((worker) => worker.waitUntilReady()));
    if (ready.every(({ status }) => status === 'fulfilled'))
      this.logger.log({ msg: 'consumers run', queues: this.runners.map(({ queue }) => queue.name) });
  }

  private async dependenciesReady(): Promise<boolean> {
    if (this.stopping.signal.aborted) return true;
    const others = this.lifecycle.checks.filter(({ name }) => name !== CHECK);
    const results = await Promise.allSettled(others.map((check) => check.run()));
    return results.every(({ status }) => status === 'fulfilled');
  }

  private consume(runner: JobRunner, connection: Redis): Worker {
    const { name, concurrency, lockMs } = runner.queue;
    const worker = new LookingWorker(name, (job, token) => runner.run(job, token, () => worker.letGo(job)), {
      connection,
      prefix: this.config.REDIS_KEY_PREFIX,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_STALLED,
      drainDelay: LOOK_AFTER_SECONDS,
      runRetryDelay: RUN_RETRY_MS,
    });
    logJobs(worker, runner, this.logger);
    this.jobMetrics.observe(worker);
    return worker;
  }

  private check(): Promise<void> {
    const down = this.workers.filter((worker) => !worker.isRunning()).map(({ name }) => name);
    const fault =
      this.redis === undefined
        ? 'waiting for the dependencies'
        : down.length > 0 && `not running: ${down.join(', ')}`;
    return fault ? Promise.reject(new UnavailableError(CHECK, fault)) : Promise.resolve();
  }

  /** Closing takes no new job and waits for those in hand; the lifecycle awaits it in the step `workers`. */
  private stop(): void {
    this.stopping.abort();
    const closed = new AbortController();
    this.closed = Promise.all(this.workers.map((worker) => worker.close())).finally(() => closed.abort());
    void this.leaveSilentRedis(closed.signal);
  }

  /** BullMQ waits for Redis in order to part from it: a job in hand is worth that, nothing else is. */
  private async leaveSilentRedis(closed: AbortSignal): Promise<void> {
    const idle = () => this.runners.every((runner) => runner.openJobs().length === 0);
    while (!closed.aborted) {
      if (idle() && !(await this.redisAnswers()) && idle()) this.redis?.disconnect();
      await wait(AWAY_POLL_MS);
    }
  }

  private async redisAnswers(): Promise<boolean | undefined> {
    const answer = this.redis?.ping().then(
      () => true,
      () => false,
    );
    return Promise.race([answer, wait(AWAY_MS, false, { ref: false })]);
  }
}

function assertOneProcessorEach(
  declared: readonly QueueDefinition<unknown>[],
  processors: readonly JobProcessor<unknown>[],
): void {
  const names = new Set([...declared, ...processors.map(({ queue }) => queue)].map(({ name }) => name));
  for (const name of names) {
    const queues = declared.filter((queue) => queue.name === name).length;
    if (queues !== 1)
      throw new Error(`queue ${name} is declared ${queues} times in this worker, must be once`);
    const count = processors.filter(({ queue }) => queue.name === name).length;
    if (count !== 1) throw new Error(`queue ${name} has ${count} processors in this worker, must have one`);
  }
}
