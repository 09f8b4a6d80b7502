import { endProcessTree } from '@kubernest/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Run } from './run';
import type { Stoppable } from './started';

const workspace = resolve(import.meta.dirname, '../..');
const STOP_TIMEOUT_MS = 5_000;

/** @returns how long it took, in seconds. @throws Error with what Nx printed when it fails */
export async function runNx(run: Run, args: string[], env: NodeJS.ProcessEnv = {}): Promise<number> {
  const beganAtMs = performance.now();
  const nx = await run.started.start(() => NxProcess.start(args, env));
  const code = await nx.exit();
  if (code !== 0) throw new Error(`nx ${args.join(' ')} ended with ${code}:\n${nx.output}`);
  return (performance.now() - beganAtMs) / 1000;
}

class NxProcess implements Stoppable {
  output = '';
  private readonly child;
  private readonly exited: Promise<number | string>;

  private constructor(args: string[], env: NodeJS.ProcessEnv) {
    this.child = spawn('nx', args, {
      cwd: workspace,
      // A daemon would outlive the run; the terminal interface would clear it away.
      env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', NX_NATIVE_COMMAND_RUNNER: 'false', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const collect = (text: Buffer) => (this.output += text.toString());
    this.child.stdout.on('data', collect);
    this.child.stderr.on('data', collect);
    this.exited = once(this.child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
  }

  static start(args: string[], env: NodeJS.ProcessEnv): Promise<NxProcess> {
    return Promise.resolve(new NxProcess(args, env));
  }

  exit(): Promise<number | string> {
    return this.exited;
  }

  async stop(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    await endProcessTree(this.child.pid ?? 0, { graceMs: STOP_TIMEOUT_MS });
    await this.exited;
  }
}
