import { writeFileSync } from 'node:fs';
import { arch, cpus, platform } from 'node:os';
import { interruption } from '../test/interruption';
import { bench, expectedSeconds } from './bench';
import { parseOptions, usage, type BenchOptions } from './options';
import type { Result } from './result';
import { table } from './table';

/** Past this a run is given up: its machine is far too busy for it. */
const LIMIT_MS = 15 * 60_000;

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage);
    return;
  }
  console.log(`This takes about ${expectedSeconds(options)} s on two cores.`);
  const results = await bench(options, AbortSignal.any([interruption(), AbortSignal.timeout(LIMIT_MS)]));
  console.log(`\n${table(results)}`);
  if (options.json !== undefined) writeFileSync(options.json, report(options, results));
}

/** With every sample, and what they were measured on. */
function report({ quick }: BenchOptions, results: Result[]): string {
  const [cpu] = cpus();
  const machine = { platform: platform(), arch: arch(), cpu: cpu?.model, cores: cpus().length };
  const about = { at: new Date().toISOString(), quick, node: process.version, machine };
  return `${JSON.stringify({ ...about, results }, undefined, 2)}\n`;
}

main().then(
  () => process.exit(),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
