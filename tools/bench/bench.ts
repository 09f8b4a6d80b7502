import type { Measurement } from './measurement';
import { measurements } from './measurements';
import { runNx } from './nx';
import type { BenchOptions } from './options';
import type { Result } from './result';
import { Run } from './run';

const APPS = ['run-many', '-t', 'build', '-p', 'api,worker,migrate'];

/** How long a run takes on two cores, in seconds. */
export function expectedSeconds({ only, quick }: Pick<BenchOptions, 'only' | 'quick'>): number {
  return only.reduce((sum, { seconds, quickSeconds }) => sum + (quick ? quickSeconds : seconds), 0);
}

export interface Outcome {
  results: Result[];
  /** Of measurements that broke off; a missed aim is none. */
  failures: string[];
}

/**
 * Whatever it starts has ended when this returns or throws.
 *
 * @throws the reason of `interrupted` when that aborts; Error when the apps cannot be built
 */
export async function bench(options: BenchOptions, interrupted: AbortSignal): Promise<Outcome> {
  const beganAtMs = performance.now();
  const run = new Run(options, interrupted, (text) => {
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(`${String(seconds).padStart(4)} s  ${text}`);
  });
  try {
    const failures = await Promise.race([measureAll(run, options.only), rejected(interrupted)]);
    return { results: run.results, failures };
  } finally {
    await run.end();
  }
}

async function measureAll(run: Run, only: readonly Measurement[]): Promise<string[]> {
  const failures: string[] = [];
  if (only.some(({ name }) => name !== 'build')) {
    run.progress('Building what is not built');
    await runNx(run, APPS);
  }
  for (const { title, measure } of only) {
    const number = measurements.findIndex((each) => each.measure === measure) + 1;
    run.progress(`${number} of ${measurements.length}: ${title}`);
    const before = run.results.length;
    try {
      await measure(run);
    } catch (error) {
      failures.push(`${title}: ${error instanceof Error ? error.message : String(error)}`);
    }
    for (const result of run.results.slice(before)) result.what = `${number} ${result.what}`;
  }
  return failures;
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
