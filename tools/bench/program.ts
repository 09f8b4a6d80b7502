import { waitFor } from '@kubernest/testing';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import type { Stoppable } from './started';

export interface ProgramOptions {
  /** As after `node`. */
  args: string[];
  /** Nothing else is inherited but PATH. */
  env: NodeJS.ProcessEnv;
  /** Where its output goes, as that of a container goes to a file of its node. */
  logFile: string;
}

const STOP_TIMEOUT_MS = 10_000;
const BYTES_PER_KIB = 1024;
const BYTES_PER_MB = 1e6;
/** Of every Linux: USER_HZ is 100. */
const LINUX_TICK_MS = 10;
const MS_PER_SECOND = 1000;

/** A Node process of its own, such as a container would run. */
export class Program implements Stoppable {
  /** By this process's clock, just before the program was started. */
  readonly startedAtMs: number;
  private readonly child: ChildProcess;
  private readonly exited: Promise<number | string>;

  private constructor(private readonly options: ProgramOptions) {
    const log = openSync(options.logFile, 'w');
    this.startedAtMs = performance.now();
    this.child = spawn(process.execPath, options.args, {
      env: { PATH: process.env['PATH'], ...options.env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.exited = once(this.child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  }

  static start(options: ProgramOptions): Promise<Program> {
    return Promise.resolve(new Program(options));
  }

  /** What it has written so far. */
  get output(): string {
    return readFileSync(this.options.logFile, 'utf8');
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /** Exit code, or the name of the signal that ended it. */
  exit(): Promise<number | string> {
    return this.exited;
  }

  /** Waits for a condition that a program which has ended cannot fulfil any more. */
  async until(what: string, timeoutMs: number, condition: () => boolean | Promise<boolean>): Promise<void> {
    const settled = async () => this.ended || (await condition());
    await waitFor(settled, { timeoutMs, message: what });
    if (this.ended) throw new Error(`${this.options.args.join(' ')} has ended:\n${this.output.slice(-2000)}`);
  }

  /** The memory that it has in RAM, in MB. */
  residentMb(): number {
    const { pid = 0 } = this.child;
    const kib =
      process.platform === 'linux'
        ? /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
        : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
    return (Number(kib) * BYTES_PER_KIB) / BYTES_PER_MB;
  }

  /** The processor time that it has used so far, in milliseconds. */
  cpuMs(): number {
    const { pid = 0 } = this.child;
    if (process.platform === 'linux') {
      // After the name, which may hold anything; man 5 proc_pid_stat.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * LINUX_TICK_MS;
    }
    const time = execFileSync('ps', ['-o', 'time=', '-p', String(pid)], { encoding: 'utf8' });
    return (
      time
        .trim()
        .split(':')
        .map(Number)
        .reduce((total, part) => total * 60 + part, 0) * MS_PER_SECOND
    );
  }

  async stop(): Promise<void> {
    if (this.ended) return;
    this.child.kill('SIGTERM');
    const deadline = setTimeout(() => this.child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.exited;
    clearTimeout(deadline);
  }
}
