import type { Exit } from './cluster/container';

/** Of a pod, as the picture shows it. */
export type PodState = 'starting' | 'not ready' | 'ready' | 'preStop' | 'draining' | 'back-off' | 'gone';
export type Mark = 'SIGTERM' | 'SIGKILL' | 'probe failed' | 'in balancer' | 'out of balancer';

export interface PodChange {
  atMs: number;
  pod: string;
  state: PodState;
}

export interface PodMark {
  atMs: number;
  pod: string;
  mark: Mark;
}

/** A stretch of time with a name: a scenario, or what it does. */
export interface Phase {
  title: string;
  fromMs: number;
  toMs: number;
}

/** Milliseconds of this machine's clock, the same in every process of it. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

/** What happened when; the reports are made from it. */
export class Journal {
  readonly beganAtMs = nowMs();
  readonly changes: PodChange[] = [];
  readonly marks: PodMark[] = [];
  /** Of containers, in the order in which they ended. */
  readonly exits: Exit[] = [];

  change(pod: string, state: PodState): void {
    this.changes.push({ atMs: nowMs(), pod, state });
  }

  mark(pod: string, mark: Mark): void {
    this.marks.push({ atMs: nowMs(), pod, mark });
  }
}
