import { BeforeApplicationShutdown, Inject, Injectable, Logger, OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { CLOSE_STEPS, CloseStep, Lifecycle } from './lifecycle';
import { LIFECYCLE_CONFIG } from './tokens';
import type { LifecycleConfig } from './variables';

/** Kept back from SHUTDOWN_TIMEOUT_MS, so that the stores still close in order after a request or a job was cut. */
const STORES_RESERVE_MS = 2_000;

/**
 * The ordered shutdown: readiness 503, drain, HTTP, workers, queues, Redis, Postgres, telemetry; each with a deadline.
 *
 * Nest 12 calls, in this order, `onModuleDestroy`, `beforeApplicationShutdown`, closes HTTP, `onApplicationShutdown`. So
 * the drain is in the second, the stores in the last, and nothing of ours uses the first, which would close before it.
 */
@Injectable()
export class Shutdown implements BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger('Shutdown');
  private readonly failed: string[] = [];
  private deadline = 0;
  private watchdog: NodeJS.Timeout | undefined;
  private httpTimer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(LIFECYCLE_CONFIG) private readonly config: LifecycleConfig,
    @Inject(HttpAdapterHost) private readonly http: HttpAdapterHost,
  ) {}

  /** On the signal itself, before any of Nest's hooks: readiness turns 503 and the clock starts. */
  begin(signal: string): void {
    const { SHUTDOWN_DRAIN_MS: drainMs, SHUTDOWN_TIMEOUT_MS: timeoutMs } = this.config;
    this.deadline = performance.now() + timeoutMs;
    this.watchdog = setTimeout(() => this.cut(), timeoutMs);
    this.logger.log({ msg: 'shutdown: readiness is 503', step: 'readiness', signal, drainMs, timeoutMs });
    this.lifecycle.drain();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.lifecycle.drain();
    if (this.lifecycle.wasReady && this.watchdog) {
      await wait(this.config.SHUTDOWN_DRAIN_MS);
      this.logger.log({ msg: 'shutdown: drained', step: 'drain' });
    }
    this.lifecycle.closing();
    if (this.watchdog)
      this.httpTimer = setTimeout(() => this.cutHttp(), this.remainingMs() - this.reserveMs());
  }

  async onApplicationShutdown(signal?: string): Promise<void> {
    clearTimeout(this.httpTimer);
    // A command that runs once has no server.
    if (this.hasServer()) this.logger.log({ msg: 'shutdown: http closed', step: 'http' });
    for (const [index, step] of CLOSE_STEPS.entries()) await this.close(step, CLOSE_STEPS.length - index);
    clearTimeout(this.watchdog);
    if (!signal) return;
    if (this.failed.length > 0) this.exit(`shutdown: cut short at ${this.failed.join(', ')}`);
    this.logger.log({ msg: 'shutdown: complete', step: 'exit' });
  }

  private async close(step: CloseStep, stepsLeft: number): Promise<void> {
    const closers = this.lifecycle.closersOf(step);
    if (closers.length === 0) return;
    const open = new Set(closers.map(({ name }) => name));
    const closing = Promise.all(
      closers.map(async ({ name, close }) => {
        await close();
        open.delete(name);
      }),
    );
    try {
      await within(this.stepMs(step, stepsLeft), closing);
      this.logger.log({ msg: `shutdown: ${step} closed`, step });
    } catch (error) {
      this.fail(step, [...open], error);
    }
  }

  /** Jobs get all that is left but the reserve; the stores share what is left then. Without a signal there is no hurry. */
  private stepMs(step: CloseStep, stepsLeft: number): number {
    if (!this.watchdog) return this.config.SHUTDOWN_TIMEOUT_MS;
    return step === 'workers' ? this.remainingMs() - this.reserveMs() : this.remainingMs() / stepsLeft;
  }

  private hasServer(): boolean {
    return (this.http.httpAdapter as unknown) !== undefined;
  }

  private cutHttp(): void {
    this.fail('http', this.lifecycle.listOpenWork());
    (this.http.httpAdapter.getHttpServer() as Server).closeAllConnections();
  }

  private cut(): void {
    this.exit(
      `shutdown: SHUTDOWN_TIMEOUT_MS is over; still open: ${this.lifecycle.listOpenWork().join('; ') || 'nothing known'}`,
    );
  }

  private fail(step: string, open: string[], error?: unknown): void {
    this.failed.push(step);
    const work = this.lifecycle.listOpenWork();
    this.logger.error({
      msg: `shutdown: ${step} did not close in time`,
      step,
      open: [...new Set([...open, ...work])],
      err: error,
    });
  }

  private exit(message: string): never {
    this.logger.error({ msg: message, step: 'exit' });
    process.exit(1);
  }

  private remainingMs(): number {
    return Math.max(this.deadline - performance.now(), 0);
  }

  private reserveMs(): number {
    return Math.min(STORES_RESERVE_MS, this.config.SHUTDOWN_TIMEOUT_MS / 5);
  }
}

async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const timeout = new AbortController();
  const late = wait(Math.max(ms, 0), undefined, { signal: timeout.signal }).then(() => {
    throw new Error(`not done after ${Math.round(ms)} ms`);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    timeout.abort();
    late.catch(() => undefined);
  }
}
