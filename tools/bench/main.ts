import { writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { interruption } from '../test/interruption';
import { bench, expectedSeconds, type Outcome } from './bench';
import { parseOptions, usage, type BenchOptions } from './options';
import { table } from './table';

/** Past this a run is given up: its machine is far too busy for it. */
const LIMIT_MS = 15 * 60_000;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return 0;
  }
  console.log(`This takes about ${expectedSeconds(options)} s on two idle cores.`);
  const outcome = await bench(options, AbortSignal.any([interruption(), AbortSignal.timeout(LIMIT_MS)]));
  console.log(`\n${table(outcome.results)}`);
  for (const failure of outcome.failures) console.error(`\nBroke off: ${failure}`);
  if (options.json !== undefined) writeFileSync(options.json, report(options, outcome));
  return outcome.failures.length > 0 ? 1 : 0;
}

/** With every sample, and what they were measured on. */
function report({ quick }: BenchOptions, outcome: Outcome): string {
  const [cpu] = cpus();
  const machine = { platform: platform(), arch: arch(), cpu: cpu?.model, cores: cpus().length };
  const about = { at: new Date().toISOString(), quick, node: process.version, machine };
  return `${JSON.stringify({ ...about, ...outcome }, undefined, 2)}\n`;
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
