import type { BenchOptions } from './options';
import { startServers, type Servers } from './servers';
import { Started } from './started';

/** What the measurements of one run share. */
export class Run {
  readonly started: Started;
  private starting: Promise<Servers> | undefined;

  constructor(
    readonly options: Pick<BenchOptions, 'quick'>,
    /** Aborts when the run has to end before its time. */
    readonly interrupted: AbortSignal,
    readonly progress: (text: string) => void,
  ) {
    this.started = new Started(interrupted);
  }

  /** Started when the first measurement needs them. */
  servers(): Promise<Servers> {
    this.starting ??= this.started.start(startServers);
    return this.starting;
  }

  /** The full size, or that of a smoke test. */
  size(full: number, quick: number): number {
    return this.options.quick ? quick : full;
  }
}
