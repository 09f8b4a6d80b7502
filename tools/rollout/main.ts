import { startTestServers } from '@kubernest/testing';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { interruption } from '../test/interruption';
import { parseOptions, usage, type RolloutOptions } from './options';
import { picture } from './report/picture';
import { report } from './report/table';
import { faultsOf } from './result';
import { rollOut } from './rollout';
import { sabotageOf } from './sabotage';

const FOLDER = resolve('dist/rollout/pods');
const LIMIT_MS = 20 * 60_000;

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    console.log(usage());
    return 0;
  }
  build();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  const servers = await startTestServers((text) => console.log(`  ${text}`));
  Object.assign(process.env, servers.env);
  try {
    return await run(options, AbortSignal.any([interruption(), AbortSignal.timeout(LIMIT_MS)]));
  } finally {
    await servers.stop();
  }
}

async function run(options: RolloutOptions, interrupted: AbortSignal): Promise<number> {
  const { overlay, speed, balancer, rate, sabotage } = options;
  console.log(`Overlay ${overlay} at speed ${speed}, ${balancer} in front, ${rate} requests a second`);
  if (sabotage) console.log(`Sabotaged: ${sabotageOf(sabotage).about}`);
  const beganAtMs = performance.now();
  const progress = (text: string) => {
    const seconds = Math.round((performance.now() - beganAtMs) / 1000);
    console.log(`${String(seconds).padStart(4)} s  ${text}`);
  };
  const result = await rollOut({ ...options, folder: FOLDER, interrupted, progress });
  console.log(`\n${report(result)}\n`);
  if (options.picture !== undefined) write(options.picture, picture(result));
  if (options.json !== undefined) write(options.json, `${JSON.stringify(result, undefined, 1)}\n`);
  const faults = faultsOf(result);
  console.log(faults.join('\n') || 'No request failed.');
  return faults.length > 0 ? 1 : 0;
}

/** What is not built. */
function build(): void {
  console.log('Building what is not built');
  const args = ['run-many', '-t', 'build', '-p', 'api,migrate', '--output-style', 'static'];
  const { status, stdout } = spawnSync('nx', args, { encoding: 'utf8', shell: process.platform === 'win32' });
  if (status !== 0) throw new Error(`The build failed:\n${stdout}`);
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  console.log(`Wrote ${file}`);
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
