import { scratchFolder } from '@kubernest/testing';
import { rmdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { BenchOptions } from './options';
import type { Result } from './result';
import { startServers, type Servers } from './servers';
import { Started } from './started';

/** What the measurements of one run share. */
export class Run {
  readonly started: Started;
  /** For what it writes; goes when it ends. */
  readonly folder = scratchFolder();
  readonly results: Result[] = [];
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
    this.starting ??= this.started.start(() => startServers(this.folder));
    return this.starting;
  }

  /** The full size, or that of a smoke test. */
  size(full: number, quick: number): number {
    return this.options.quick ? quick : full;
  }

  /** Leaves nothing of it behind. */
  async end(): Promise<void> {
    await this.started.stopAll();
    rmSync(this.folder, { recursive: true, force: true });
    try {
      rmdirSync(dirname(this.folder));
    } catch {
      // Somebody else in this process keeps something there, too.
    }
  }
}
