import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';

/** A process must not outlive us, not even when we are SIGKILLed: this shell's input ends when we do. */
export function guardAgainstOrphan(child: ChildProcess): void {
  if (process.platform === 'win32' || child.pid === undefined) return;
  const guard = spawn('sh', ['-c', `read -r _; kill -TERM ${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.once('error', () => undefined);
  child.once('exit', () => guard.kill('SIGKILL'));
  (guard.stdin as Socket).unref();
  guard.unref();
}
