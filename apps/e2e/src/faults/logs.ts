import { shapeFaults } from '../support/log-shape';
import type { LogLine, RunningApp } from '../support/running-app';

/** Lines that an operator looks for, as the table shows them. */
const KNOWN: [RegExp, string][] = [
  [/^not ready yet/, 'not ready yet'],
  [/^readiness fails/, 'readiness fails'],
  [/^redis is not available/, 'redis is not available'],
  [/^revocations are unknown/, 'revocations are unknown'],
  [/^job failed/, 'job failed'],
  [/^redis had lost the schedule/, 'redis had lost the schedule'],
];

/** A place in the logs of a process, to look at what came after it. */
export class LogMark {
  private readonly from: number;
  private readonly outputFrom: number;

  constructor(private readonly app: RunningApp) {
    this.from = app.logs.length;
    this.outputFrom = app.output.length;
  }

  lines(): LogLine[] {
    return this.app.logs.slice(this.from);
  }

  has(msg: string): boolean {
    return this.lines().some((line) => line.msg === msg);
  }

  known(): string[] {
    return KNOWN.flatMap(([pattern, name]) =>
      this.lines().some(({ msg }) => pattern.test(msg ?? '')) ? [name] : [],
    );
  }

  /** Crashes, errors that nobody expects or that have another shape than ours, and whatever is not one of our lines. */
  faults(): string[] {
    const text = this.app.output.slice(this.outputFrom).split('\n');
    const raw = text.filter((line) => line !== '' && !line.startsWith('{'));
    const loud = this.lines().filter(
      ({ level, msg }) => level === 'fatal' || (level === 'error' && msg !== 'job failed'),
    );
    return [...raw, ...loud.map((line) => JSON.stringify(line)), ...this.lines().flatMap(shapeFaults)];
  }
}
