import { measureBuild } from './measure-build';
import { measureCleanup } from './measure-cleanup';
import { measureObservability } from './measure-observability';
import { measureRequests } from './measure-requests';
import { measureStart } from './measure-start';
import { runNx } from './nx';
import { MEASUREMENTS, type BenchOptions, type MeasurementName } from './options';
import type { Result } from './result';
import { Run } from './run';

const TITLES: Record<MeasurementName, string> = {
  start: 'Start and memory of the API',
  requests: 'Requests of the API',
  cleanup: 'Cleanup of expired sessions',
  build: 'Builds by Nx',
  observability: 'What it costs the API to observe itself',
};
const SECONDS: Record<MeasurementName, number> = {
  start: 30,
  requests: 90,
  cleanup: 200,
  build: 40,
  observability: 165,
};
const QUICK_SECONDS: Record<MeasurementName, number> = {
  start: 10,
  requests: 10,
  cleanup: 15,
  build: 30,
  observability: 20,
};
const APPS = ['run-many', '-t', 'build', '-p', 'api,worker,migrate'];

/** How long a run takes on two cores, in seconds. */
export function expectedSeconds({ only, quick }: Pick<BenchOptions, 'only' | 'quick'>): number {
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  return only.map((name) => seconds[name]).reduce((sum, each) => sum + each, 0);
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

async function measureAll(run: Run, only: MeasurementName[]): Promise<string[]> {
  const measurements = {
    start: measureStart,
    requests: measureRequests,
    cleanup: measureCleanup,
    build: measureBuild,
    observability: measureObservability,
  };
  const failures: string[] = [];
  if (only.some((name) => name !== 'build')) {
    run.progress('Building what is not built');
    await runNx(run, APPS);
  }
  for (const name of only) {
    run.progress(`${MEASUREMENTS.indexOf(name) + 1} of ${MEASUREMENTS.length}: ${TITLES[name]}`);
    try {
      await measurements[name](run);
    } catch (error) {
      failures.push(`${TITLES[name]}: ${error instanceof Error ? error.message : String(error)}`);
    }
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
