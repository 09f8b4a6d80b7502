import { PlatformError } from '@kubernest/errors';
import { HttpException, Inject, Injectable, Logger } from '@nestjs/common';
import {
  HealthCheckResult,
  HealthCheckService,
  HealthIndicatorResult,
  HealthIndicatorService,
} from '@nestjs/terminus';
import { Lifecycle, LifecycleState, ReadinessCheck } from './lifecycle';
import { LIFECYCLE_CONFIG } from './tokens';
import type { LifecycleConfig } from './variables';

export interface ReadinessAnswer {
  status: 'ready' | 'not ready';
  state: LifecycleState;
  /** What failed readiness; empty when ready. */
  failed: string[];
  checks: Record<string, { status: string; message?: string }>;
}

/** Runs every registered check, each with a time-out; concurrent probes share one run. */
@Injectable()
export class Readiness {
  private readonly logger = new Logger('Readiness');
  private readonly underWay = new Map<ReadinessCheck, Promise<void>>();
  /** Undefined until it was asked for the first time. */
  private lastFailed: string | undefined;
  private wasReady = false;
  private lastAnswer: ReadinessAnswer | undefined;

  constructor(
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(LIFECYCLE_CONFIG) private readonly config: LifecycleConfig,
    @Inject(HealthCheckService) private readonly health: HealthCheckService,
    @Inject(HealthIndicatorService) private readonly indicator: HealthIndicatorService,
  ) {}

  /** What the last probe was told; undefined before the first one. */
  get last(): ReadinessAnswer | undefined {
    return this.lastAnswer;
  }

  async answer(): Promise<ReadinessAnswer> {
    const result = await this.execute();
    const checks = result.details as ReadinessAnswer['checks'];
    const down = Object.keys(checks).filter((name) => checks[name]?.status === 'down');
    this.logChange(down);
    // Asked after the checks: a SIGTERM that came meanwhile counts.
    const { state } = this.lifecycle;
    const failed = state === 'ready' ? down : [state, ...down];
    this.lastAnswer = { status: failed.length === 0 ? 'ready' : 'not ready', state, failed, checks };
    return this.lastAnswer;
  }

  /** Terminus throws its result when a check is down, or once it has seen the signal; both are answers here. */
  private async execute(): Promise<HealthCheckResult> {
    try {
      return await this.health.check(this.lifecycle.checks.map((check) => () => this.run(check)));
    } catch (error) {
      if (error instanceof HttpException) return error.getResponse() as HealthCheckResult;
      throw error;
    }
  }

  private async run(check: ReadinessCheck): Promise<HealthIndicatorResult> {
    const session = this.indicator.check(check.name);
    const result = await session
      .attempt(() => this.outcomeOf(check))
      .withTimeout(this.config.READINESS_TIMEOUT_MS);
    const { status, message } = result[check.name] as { status: string; message?: string };
    const critical = !check.dependency || this.config.READINESS_CRITICAL.includes(check.dependency);
    return status === 'up' ? session.up() : critical ? session.down(message) : session.degraded(message);
  }

  /** Probes share a check that is under way, also one that hangs: nothing piles up on a dependency in trouble. */
  private outcomeOf(check: ReadinessCheck): Promise<void> {
    const outcome = this.underWay.get(check) ?? begin(check).finally(() => this.underWay.delete(check));
    this.underWay.set(check, outcome);
    return outcome;
  }

  private logChange(failed: string[]): void {
    const now = failed.join(', ');
    if (now === this.lastFailed) return;
    this.lastFailed = now;
    if (now && this.wasReady) this.logger.warn({ msg: `readiness fails: ${now}`, failed });
    else if (now) this.logger.log({ msg: `not ready yet: ${now}`, failed });
    else this.logger.log({ msg: this.wasReady ? 'readiness is back' : 'ready' });
    if (!now) this.wasReady = true;
  }
}

async function begin(check: ReadinessCheck): Promise<void> {
  try {
    await check.run();
  } catch (error) {
    throw withoutAddresses(error);
  }
}

/** A driver's message may hold a host, a user or a query; only its code, or a message of our own, is shown. */
function withoutAddresses(error: unknown): Error {
  if (error instanceof PlatformError) return new Error(error.message);
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  return new Error(typeof code === 'string' ? code : typeof name === 'string' ? name : 'failed');
}
