import { measureBuild } from './measure-build';
import { measureCleanup } from './measure-cleanup';
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
};
const SECONDS: Record<MeasurementName, number> = { start: 30, requests: 90, cleanup: 200, build: 40 };
const QUICK_SECONDS: Record<MeasurementName, number> = { start: 10, requests: 10, cleanup: 15, build: 30 };
const APPS = ['run-many', '-t', 'build', '-p', 'api,worker,migrate'];

/** How long a run takes on two cores, in seconds. */
export function expectedSeconds({ only, quick }: Pick<BenchOptions, 'only' | 'quick'>): number {
  const seconds = quick ? QUICK_SECONDS : SECONDS;
  return only.map((name) => seconds[name]).reduce((sum, each) => sum + each, 0);
}

/**
 * Whatever it starts has ended when this returns or throws.
 *
 * @throws the reason of `interrupted` when that aborts; Error when something broke, which a missed aim is not
 */
export async function bench(options: BenchOptions, interrupted: AbortSignal): Promise<Result[]> {
  const beganAtMs = performance.now();
  const run = new Run(options, interrupted, (text) => {
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(`${String(seconds).padStart(4)} s  ${text}`);
  });
  try {
    return await Promise.race([measure(run, options.only), rejected(interrupted)]);
  } finally {
    await run.end();
  }
}

async function measure(run: Run, only: MeasurementName[]): Promise<Result[]> {
  const measurements = {
    start: measureStart,
    requests: measureRequests,
    cleanup: measureCleanup,
    build: measureBuild,
  };
  const results: Result[] = [];
  if (only.some((name) => name !== 'build')) {
    run.progress('Building what is not built');
    await runNx(run, APPS);
  }
  for (const name of only) {
    run.progress(`${MEASUREMENTS.indexOf(name) + 1} of ${MEASUREMENTS.length}: ${TITLES[name]}`);
    results.push(...(await measurements[name](run)));
  }
  return results;
}

function rejected(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
