/** The order in which things close, after HTTP has: what uses comes before what is used. */
export const CLOSE_STEPS = ['workers', 'queues', 'redis', 'postgres', 'telemetry'] as const;
export type CloseStep = (typeof CLOSE_STEPS)[number];

/** `starting` until HTTP listens, `draining` from the first signal, `closing` once HTTP stops accepting. */
export type LifecycleState = 'starting' | 'ready' | 'draining' | 'closing';

export interface ReadinessCheck {
  name: string;
  /** Set for a dependency that READINESS_CRITICAL may name; a check without one always decides readiness. */
  dependency?: 'postgres' | 'redis';
  /** Resolves when all is well. A rejection's `code`, or a PlatformError's message, is shown in the readiness answer. */
  run: () => Promise<unknown>;
}

export interface Closer {
  name: string;
  close: () => Promise<unknown>;
}

/** What a process does between start and exit: its state, and what the libs register to be checked, drained and closed. */
export class Lifecycle {
  private current: LifecycleState = 'starting';
  private readonly drainers: Closer[] = [];
  private readonly closers = new Map<CloseStep, Closer[]>();
  private readonly openWork: (() => string[])[] = [];
  private readonly readinessChecks: ReadinessCheck[] = [];
  private everReady = false;
  private drained: Promise<unknown>[] | undefined;

  get state(): LifecycleState {
    return this.current;
  }

  /** Whether anybody may have been told to send requests here: a signal during start-up needs no drain. */
  get wasReady(): boolean {
    return this.everReady;
  }

  get checks(): readonly ReadinessCheck[] {
    return this.readinessChecks;
  }

  addCheck(check: ReadinessCheck): void {
    this.readinessChecks.push(check);
  }

  /** Called at once when readiness turns 503: stop taking new work, without waiting for the work in hand. */
  onDrain(name: string, close: () => Promise<unknown>): void {
    this.drainers.push({ name, close });
  }

  /** Called in the step's turn, after HTTP has closed. Several of one step close side by side. */
  onClose(step: CloseStep, name: string, close: () => Promise<unknown>): void {
    this.closers.set(step, [...this.closersOf(step), { name, close }]);
  }

  /** `list` names the work in hand, for the log of a shutdown that did not end in time. */
  reportOpenWork(list: () => string[]): void {
    this.openWork.push(list);
  }

  closersOf(step: CloseStep): Closer[] {
    return this.closers.get(step) ?? [];
  }

  listOpenWork(): string[] {
    return this.openWork.flatMap((list) => list());
  }

  started(): void {
    if (this.current !== 'starting') return;
    this.current = 'ready';
    this.everReady = true;
  }

  /** Readiness is 503 from here on. Calling it again changes nothing. */
  drain(): void {
    if (this.drained) return;
    this.current = 'draining';
    this.drained = this.drainers.map(({ close }) => close());
  }

  /** Resolves when everything registered with `onDrain` has stopped taking work. */
  async intakeStopped(): Promise<void> {
    await Promise.all(this.drained ?? []);
  }

  closing(): void {
    this.current = 'closing';
  }
}
