import { setTimeout as wait } from 'node:timers/promises';
import type { Journal, PodState } from '../journal';
import type { Timing } from '../timing';
import { Container, type Exit } from './container';
import { Probe, type ProbeResult } from './probe';

type ProbeName = 'startup' | 'readiness' | 'liveness';

/** What the controllers know of a pod. */
export interface PodView {
  readonly name: string;
  readonly node: string;
  readonly ready: boolean;
  /** By `performance.now()`; undefined while not ready. */
  readonly readySinceMs: number | undefined;
  readonly terminating: boolean;
  readonly gone: boolean;
  delete(): void;
}

export interface PodOptions {
  name: string;
  node: string;
  port: number;
  env: NodeJS.ProcessEnv;
  logFile: string;
  timing: Timing;
  /** SIGTERM; another one only to sabotage. */
  stopSignal: NodeJS.Signals;
  journal: Journal;
}

/**
 * One pod with one container, and its kubelet: start, probes, restarts, termination.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
 */
export class Pod implements PodView {
  ready = false;
  readySinceMs: number | undefined;
  terminating = false;
  gone = false;
  /** Of each container it had. */
  readonly exits: Exit[] = [];
  failedReadinessProbes = 0;
  readonly ended: Promise<void>;
  private readonly deletion = Promise.withResolvers<undefined>();
  private container: Container | undefined;
  private probes: Partial<Record<ProbeName, Probe>> = {};

  constructor(readonly options: PodOptions) {
    this.ended = this.live();
  }

  get name(): string {
    return this.options.name;
  }

  get node(): string {
    return this.options.node;
  }

  /** Sets the deletion timestamp: what follows is the kubelet's, and it begins at once. */
  delete(): void {
    if (this.terminating) return;
    this.terminating = true;
    this.deletion.resolve(undefined);
  }

  /** For the end of a run that was broken off. */
  kill(): Promise<void> {
    this.container?.signal('SIGKILL');
    this.delete();
    return this.ended;
  }

  /** restartPolicy Always: a container that ends is started again, after a pause that doubles. */
  private async live(): Promise<void> {
    let { backOffMs } = this.options.timing;
    while (!(await this.isOver())) {
      this.state('back-off');
      await Promise.race([pause(backOffMs), this.deletion.promise]);
      backOffMs = Math.min(backOffMs * 2, this.options.timing.backOffMaxMs);
    }
    this.gone = true;
    this.state('gone');
  }

  /** One container from start to end; resolves with whether it was the last one. */
  private async isOver(): Promise<boolean> {
    if (this.terminating) return true;
    const container = this.start();
    const exit = await Promise.race([container.exited, this.deletion.promise]);
    if (exit === undefined) await this.terminate(container);
    const end = await container.exited;
    this.exits.push(end);
    this.options.journal.exits.push(end);
    this.stopProbes();
    return this.terminating;
  }

  private start(): Container {
    const { env, logFile } = this.options;
    this.state('starting');
    const container = new Container(env, logFile);
    this.container = container;
    const { startup } = this.options.timing.manifest.probes;
    if (startup) this.probe('startup', true, (result) => this.startupAnswered(result));
    else this.started();
    return container;
  }

  /** Liveness and readiness wait for it; readiness is then asked at once. */
  private startupAnswered({ succeeded, healthy }: ProbeResult): void {
    if (!succeeded) this.restartUnless(healthy);
    else {
      this.probes.startup?.stop();
      this.started();
    }
  }

  private started(): void {
    const { readiness, liveness } = this.options.timing.manifest.probes;
    this.state('not ready');
    if (readiness) this.probe('readiness', false, (result) => this.readinessAnswered(result));
    else this.becomeReady(true);
    if (liveness) this.probe('liveness', true, ({ healthy }) => this.restartUnless(healthy));
  }

  private readinessAnswered({ succeeded, healthy }: ProbeResult): void {
    if (!succeeded) {
      this.failedReadinessProbes++;
      this.options.journal.mark(this.name, 'probe failed');
    }
    if (healthy !== this.ready) this.becomeReady(healthy);
  }

  private becomeReady(ready: boolean): void {
    this.ready = ready;
    this.readySinceMs = ready ? performance.now() : undefined;
    if (!this.terminating) this.state(ready ? 'ready' : 'not ready');
  }

  /** The kubelet kills a container that is not alive as it does at a deletion; `live` starts the next one. */
  private restartUnless(healthy: boolean): void {
    if (healthy) return;
    this.options.journal.mark(this.name, 'probe failed');
    if (!this.terminating && this.container) void this.terminate(this.container);
  }

  /** The grace period begins before preStop, and there are two seconds after it at least. */
  private async terminate(container: Container): Promise<void> {
    const { timing, journal, stopSignal } = this.options;
    const { preStopMs, graceMs } = timing.manifest;
    const beganAtMs = performance.now();
    // Readiness goes on being asked.
    for (const name of ['startup', 'liveness'] as const) this.probes[name]?.stop();
    this.state('preStop');
    await Promise.race([pause(Math.min(preStopMs, graceMs)), container.exited]);
    if (container.exit !== undefined) return;
    this.state('draining');
    journal.mark(this.name, stopSignal === 'SIGKILL' ? 'SIGKILL' : 'SIGTERM');
    container.signal(stopSignal);
    const leftMs = Math.max(graceMs - (performance.now() - beganAtMs), timing.leastGraceMs);
    const kill = setTimeout(() => {
      journal.mark(this.name, 'SIGKILL');
      container.signal('SIGKILL');
    }, leftMs);
    await container.exited;
    clearTimeout(kill);
  }

  private probe(name: ProbeName, initially: boolean, onResult: (result: ProbeResult) => void): void {
    const { port, timing } = this.options;
    const settings = timing.manifest.probes[name];
    if (settings) this.probes[name] = new Probe(settings, port, initially, onResult).start();
  }

  private stopProbes(): void {
    for (const probe of Object.values(this.probes)) probe.stop();
    this.probes = {};
    this.ready = false;
    this.readySinceMs = undefined;
  }

  private state(state: PodState): void {
    this.options.journal.change(this.name, state);
  }
}

/** One that is no longer awaited does not keep this process. */
function pause(ms: number): Promise<void> {
  return wait(ms, undefined, { ref: false });
}
