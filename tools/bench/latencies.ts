import { createHistogram } from 'node:perf_hooks';
import type { LoadOutcome } from './load-plan';

const MICROSECONDS_PER_MS = 1000;

/** What became of the requests of one window. Exact to 0.1 %, where autocannon's own latencies are whole milliseconds. */
export class Latencies {
  private readonly answered = createHistogram({ figures: 3 });
  private readonly failures: string[] = [];

  record(status: number, ms: number): void {
    if (status === 200) this.answered.record(Math.max(Math.round(ms * MICROSECONDS_PER_MS), 1));
    else this.failures.push(`status ${status}`);
  }

  recordFailure(reason: string): void {
    this.failures.push(reason);
  }

  outcome(durationMs: number): LoadOutcome {
    return {
      answered: this.answered.count,
      requestsPerSecond: this.answered.count / (durationMs / 1000),
      p50Ms: this.answered.percentile(50) / MICROSECONDS_PER_MS,
      p99Ms: this.answered.percentile(99) / MICROSECONDS_PER_MS,
      failures: this.failures,
    };
  }
}
