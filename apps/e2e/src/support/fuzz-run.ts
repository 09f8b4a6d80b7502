import fc from 'fast-check';
import { randomInt } from 'node:crypto';

const { env } = process;

/** How many requests a run of the fuzzing sends; about 100 a second when both cores are busy. */
const RUNS = Number(env['FUZZ_RUNS'] ?? 3_000);

/** A failure prints its seed and path: with those, only that counter-example is tried. */
export const fuzzRun = {
  seed: Number(env['FUZZ_SEED'] ?? randomInt(2 ** 31)),
  path: env['FUZZ_PATH'],
  /** A part of the runs, at least one. */
  runs: (part: number): number => Math.max(Math.round(RUNS * part), 1),
  timeoutMs: 60_000 + RUNS * 50,
};

/** Under way at the same time, so that the latency of a busy machine does not add up. */
const AT_ONCE = 12;

/** Tries `holds` with many values; what fails is made as small as it can be, and said with how to try it again. */
export async function fuzz<T>(
  values: fc.Arbitrary<T>,
  runs: number,
  holds: (value: T) => Promise<void>,
): Promise<void> {
  const { seed, path } = fuzzRun;
  if (path !== undefined) return check(values, holds, { seed, path });
  const numRuns = Math.ceil(runs / AT_ONCE);
  const seeds = Array.from({ length: AT_ONCE }, (_, index) => seed + index);
  // All are awaited, also after a failure, or they would disturb the tests after this one.
  const checks = await Promise.allSettled(seeds.map((each) => check(values, holds, { seed: each, numRuns })));
  const failed = checks.find((outcome) => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}

async function check<T>(
  values: fc.Arbitrary<T>,
  holds: (value: T) => Promise<void>,
  parameters: fc.Parameters<[T]>,
): Promise<void> {
  // Also ends the search for a smaller counter-example.
  const limits = { interruptAfterTimeLimit: fuzzRun.timeoutMs * 0.7, markInterruptAsFailure: true };
  const details = await fc.check(fc.asyncProperty(values, holds), { ...limits, ...parameters });
  if (!details.failed) return;
  const replay = `FUZZ_SEED=${details.seed} FUZZ_PATH=${details.counterexamplePath ?? ''}`;
  const report = [fc.defaultReportMessage(details), String(details.errorInstance)];
  throw new Error([...report, `Again: ${replay} npx nx test e2e`].join('\n\n'));
}
