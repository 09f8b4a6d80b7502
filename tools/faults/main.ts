import { endProcessTree } from '@kubernest/testing';
import { spawn } from 'node:child_process';
import { interruption } from '../test/interruption';
import { parseOptions, usage } from './options';

const JEST = ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js'];
const STOP_TIMEOUT_MS = 5_000;
/** Past this a run is given up: its machine is far too busy for it. */
const LIMIT_MS = 40 * 60_000;

async function main(): Promise<number> {
  const { help, long } = parseOptions(process.argv.slice(2));
  if (help) {
    console.log(usage);
    return 0;
  }
  console.log(`This takes about ${long ? '20 minutes' : '3 minutes'} on two idle cores.`);
  const stop = AbortSignal.any([interruption(), AbortSignal.timeout(LIMIT_MS)]);
  const env = { FAULTS_WRITE: '1', FAULTS_LONG: long ? '1' : '', NX_DAEMON: 'false', NODE_NO_WARNINGS: '1' };
  const built = await run('nx', ['run-many', '-t', 'build', '-p', 'api,worker,migrate'], env, stop);
  if (built !== 0) return built;
  const node = process.execPath;
  const jobs = await run(node, [...JEST, '--rootDir', 'libs/queue', 'rolling-restarts'], env, stop);
  const faults = await run(
    node,
    [...JEST, '--rootDir', 'apps/e2e', 'killed-cleanup', 'faults.spec'],
    env,
    stop,
  );
  console.log('\nThe table is in docs/operations.md; every figure is in dist/faults/findings.json.');
  return Math.max(jobs, faults);
}

async function run(file: string, args: string[], env: NodeJS.ProcessEnv, stop: AbortSignal): Promise<number> {
  stop.throwIfAborted();
  // A group of its own, so that a terminal's Ctrl-C reaches only us, and servers end after those who use them.
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: 'inherit', detached: true });
  const end = () => void endProcessTree(child.pid ?? 0, { graceMs: STOP_TIMEOUT_MS });
  stop.addEventListener('abort', end);
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
  stop.removeEventListener('abort', end);
  return code;
}

main().then(
  (exitCode) => process.exit(exitCode),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
