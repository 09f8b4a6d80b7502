import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Variables } from './settings';

/**
 * Applies the migrations of a build.
 *
 * @throws Error with the output of a run that failed
 */
export async function applyMigrations(folder: string, env: Variables, stop: AbortSignal): Promise<void> {
  const child = spawn(process.execPath, [join(folder, 'main.js')], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = () => child.kill('SIGTERM');
  stop.addEventListener('abort', end);
  const output: string[] = [];
  const collect = (stream: Readable) => stream.on('data', (text: Buffer) => output.push(text.toString()));
  collect(child.stdout);
  collect(child.stderr);
  await once(child, 'close');
  stop.removeEventListener('abort', end);
  if (child.exitCode !== 0)
    throw new Error(`${output.join('').trim()}\nThe migrations were not applied: see above.`);
}
