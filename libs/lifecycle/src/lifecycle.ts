/** The order in which things close, after HTTP has: what uses comes before what is used. */
export const CLOSE_STEPS = ['workers', 'queues', 'redis', 'postgres', 'telemetry'] as const;
export type CloseStep = (typeof CLOSE_STEPS)[number];

/** `starting` until HTTP listens, `draining` from the first signal, `closing` once HTTP stops accepting. */
export const LIFECYCLE_STATES = ['starting', 'ready', 'draining', 'closing'] as const;
export type LifecycleState = (typeof LIFECYCLE_STATES)[number];

export interface ReadinessCheck {
  name: string;
  /** Set for a dependency that READINESS_CRITICAL may name; a check without one always decides readiness. */
  dependency?: 'postgres' | 'redis';
  /** Resolves when all is well. A rejection's `code`, or a PlatformError's message, is shown in the readiness answer. */
  run: () => Promise<unknown>;
}

export interface Closer {
  name: string;
  /** @param withinMs what its step has of the shutdown's time */
  close: (withinMs: number) => unknown;
}

interface Drainer {
  name: string;
  close: () => unknown;
}

/** What a process does between start and exit: its state, and what the libs register to be checked, drained and closed. */
export class Lifecycle {
  private current: LifecycleState = 'starting';
  private readonly drainers: Drainer[] = [];
  private readonly closers = new Map<CloseStep, Closer[]>();
  private readonly openWork: (() => string[])[] = [];
  private readonly readinessChecks: ReadinessCheck[] = [];

  get state(): LifecycleState {
    return this.current;
  }

  get checks(): readonly ReadinessCheck[] {
    return this.readinessChecks;
  }

  addCheck(check: ReadinessCheck): void {
    this.readinessChecks.push(check);
  }

  /** Called at once when readiness turns 503: stop taking new work, without waiting for the work in hand. */
  onDrain(name: string, close: () => unknown): void {
    this.drainers.push({ name, close });
  }

  /** Called in the step's turn, after HTTP has closed. Several of one step close side by side. */
  onClose(step: CloseStep, name: string, close: Closer['close']): void {
    this.closers.set(step, [...this.closersOf(step), { name, close }]);
  }

  /** `list` names the work in hand, for the log of a shutdown that did not end in time. */
  reportOpenWork(list: () => string[]): void {
    this.openWork.push(list);
  }

  closersOf(step: CloseStep): readonly Closer[] {
    return this.closers.get(step) ?? [];
  }

  /** Never throws: it is asked when things have gone wrong already. */
  listOpenWork(): string[] {
    return this.openWork.flatMap((list) => {
      try {
        return list();
      } catch {
        return ['unknown work: its report failed'];
      }
    });
  }

  started(): void {
    if (this.current === 'starting') this.current = 'ready';
  }

  /** Readiness is 503 from here on. Calling it again changes nothing. One that fails does not keep the others from draining. */
  drain(onFailure: (name: string, error: unknown) => void): void {
    if (this.current === 'draining' || this.current === 'closing') return;
    this.current = 'draining';
    for (const { name, close } of this.drainers)
      call(close).catch((error: unknown) => onFailure(name, error));
  }

  closing(): void {
    this.current = 'closing';
  }
}

/** At once; what it throws becomes a rejection. */
async function call(close: () => unknown): Promise<void> {
  await close();
}
