import { BeforeApplicationShutdown, Inject, Injectable, Logger, OnApplicationShutdown } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { Server } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { closeStep } from './close-step';
import { CLOSE_STEPS, CloseStep, Lifecycle } from './lifecycle';
import { OpenRequests } from './open-requests';
import { LIFECYCLE_CONFIG } from './tokens';
import type { LifecycleConfig } from './variables';

/** Kept back for the stores, so that they still close in order after a request or a job was cut. */
const STORES_RESERVE_MS = 2_000;
/** What requests count as that the shutdown has cut: it is not their clients who went. */
const UNAVAILABLE = 503;
/** Of what is left after the drain, at most this part is kept back. */
const STORES_RESERVE_PART = 1 / 5;

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
  /** Of the whole, by `performance.now()`; undefined when no signal began it. */
  private deadline: number | undefined;
  private httpTimer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(LIFECYCLE_CONFIG) private readonly config: LifecycleConfig,
    @Inject(HttpAdapterHost) private readonly http: HttpAdapterHost,
    @Inject(OpenRequests) private readonly requests: OpenRequests,
  ) {}

  /** On the signal itself, before any of Nest's hooks: readiness turns 503 and the clock starts. */
  begin(signal: string): void {
    const { SHUTDOWN_DRAIN_MS: drainMs, SHUTDOWN_TIMEOUT_MS: timeoutMs } = this.config;
    const wasStarting = this.lifecycle.state === 'starting';
    this.deadline = performance.now() + timeoutMs;
    setTimeout(() => this.cut(), timeoutMs);
    this.drain();
    this.logger.log({ msg: 'shutdown: readiness is 503', step: 'readiness', signal, drainMs, timeoutMs });
    if (wasStarting) void this.abandonStart();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.drain();
    if (this.deadline !== undefined) {
      await wait(this.config.SHUTDOWN_DRAIN_MS);
      this.logger.log({ msg: 'shutdown: drained', step: 'drain' });
      this.httpTimer = setTimeout(() => this.cutHttp(), this.remainingMs() - this.reserveMs());
    }
    this.lifecycle.closing();
  }

  async onApplicationShutdown(signal?: string): Promise<void> {
    clearTimeout(this.httpTimer);
    if (this.server()) this.logger.log({ msg: 'shutdown: http closed', step: 'http' });
    await this.closeStores();
    if (signal) this.conclude();
  }

  /** Nest would first wait for the start to end, and that may hang. Nobody was told to send anything here yet: no drain. */
  private async abandonStart(): Promise<void> {
    await this.closeStores();
    this.conclude();
    process.exit(0);
  }

  private drain(): void {
    this.lifecycle.drain((name, error) => this.fail('drain', `${name} failed to drain`, [name], error));
  }

  private async closeStores(): Promise<void> {
    for (const [index, step] of CLOSE_STEPS.entries()) await this.close(step, CLOSE_STEPS.length - index);
  }

  private async close(step: CloseStep, stepsLeft: number): Promise<void> {
    const closers = this.lifecycle.closersOf(step);
    if (closers.length === 0) return;
    const { late, failed } = await closeStep(closers, this.stepMs(step, stepsLeft));
    for (const { name, error } of failed) this.fail(step, `${name} failed to close`, [name], error);
    if (late.length > 0)
      this.fail(step, `${step} did not close in time`, [...late, ...this.lifecycle.listOpenWork()]);
    else if (failed.length === 0) this.logger.log({ msg: `shutdown: ${step} closed`, step });
  }

  /**
   * Jobs get all that is left but the reserve, and their part of that where HTTP has used up the rest; the stores share
   * what is left then. Without a signal there is no hurry.
   */
  private stepMs(step: CloseStep, stepsLeft: number): number {
    if (this.deadline === undefined) return this.config.SHUTDOWN_TIMEOUT_MS;
    const partMs = this.remainingMs() / stepsLeft;
    return step === 'workers' ? Math.max(this.remainingMs() - this.reserveMs(), partMs) : partMs;
  }

  /** A command that runs once has none. */
  private server(): Server | undefined {
    const adapter = this.http.httpAdapter as HttpAdapterHost['httpAdapter'] | null;
    return adapter?.getHttpServer() as Server | undefined;
  }

  private cutHttp(): void {
    this.fail('http', 'http did not close in time', this.lifecycle.listOpenWork());
    this.requests.cut(UNAVAILABLE);
    this.server()?.closeAllConnections();
  }

  private cut(): void {
    const open = this.lifecycle.listOpenWork();
    this.exit(`SHUTDOWN_TIMEOUT_MS is over; still open: ${open.join('; ') || 'nothing known'}`);
  }

  private fail(step: string, what: string, open: string[], err?: unknown): void {
    this.failed.push(step);
    this.logger.error({ msg: `shutdown: ${what}`, step, open, ...(err !== undefined && { err }) });
  }

  private conclude(): void {
    if (this.failed.length > 0) this.exit(`cut short at ${[...new Set(this.failed)].join(', ')}`);
    this.logger.log({ msg: 'shutdown: complete', step: 'exit' });
  }

  private exit(message: string): never {
    this.logger.error({ msg: `shutdown: ${message}`, step: 'exit' });
    process.exit(1);
  }

  private remainingMs(): number {
    return Math.max((this.deadline ?? 0) - performance.now(), 0);
  }

  private reserveMs(): number {
    const { SHUTDOWN_DRAIN_MS: drainMs, SHUTDOWN_TIMEOUT_MS: timeoutMs } = this.config;
    return Math.min(STORES_RESERVE_MS, (timeoutMs - drainMs) * STORES_RESERVE_PART);
  }
}
