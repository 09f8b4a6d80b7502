import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { waitFor } from './wait-for';

/** A server that this process started. */
export interface RunningServer {
  url: string;
  port: number;
  pid: number;
  /** Ends the server and waits until its process is gone. May be called more than once. */
  stop(): Promise<void>;
}

export interface ServerCommand {
  name: string;
  file: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  /** Asks the server to end quickly and cleanly. */
  stopSignal: NodeJS.Signals;
  logFile: string;
  ready(pid: number): boolean | Promise<boolean>;
}

export class ServerStartError extends Error {
  override readonly name = 'ServerStartError';
  constructor(
    message: string,
    readonly log: string,
  ) {
    super(message);
  }
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * Starts a server in a session of its own, so that a terminal's Ctrl-C reaches it only through its owner, and waits until it is ready.
 *
 * @throws ServerStartError with the end of the server's log when it ends early or is not ready within a minute
 */
export async function launch(command: ServerCommand): Promise<{ pid: number; stop: () => Promise<void> }> {
  const child = spawnServer(command);
  let failure: string | undefined;
  child.once('error', (error) => (failure = error.message));
  child.once('exit', (code, signal) => (failure = `ended with ${signal ?? `code ${code ?? 'unknown'}`}`));
  const { pid = 0 } = child;
  if (pid > 0) guardAgainstOrphan(child, command.stopSignal);
  const settled = async () => failure !== undefined || (await command.ready(pid));
  try {
    await waitFor(settled, {
      timeoutMs: READY_TIMEOUT_MS,
      intervalMs: 10,
      message: `${command.name} to be ready`,
    });
    if (failure !== undefined) throw new Error(failure);
  } catch (error) {
    await end(child, command.stopSignal);
    throw startError(command, error);
  }
  child.unref();
  return { pid, stop: () => end(child, command.stopSignal) };
}

function spawnServer({ file, args, env, uid, gid, logFile }: ServerCommand): ChildProcess {
  const log = openSync(logFile, 'w');
  try {
    return spawn(file, args, {
      env: { ...process.env, ...env },
      stdio: ['ignore', log, log],
      detached: true,
      ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
    });
  } finally {
    closeSync(log);
  }
}

function startError({ name, logFile }: ServerCommand, cause: unknown): ServerStartError {
  const log = readFileSync(logFile, 'utf8');
  const lastLines = log.trim().split('\n').slice(-5).join('\n  ');
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ServerStartError(`${name} did not start: ${reason}. ${logFile} ends with:\n  ${lastLines}`, log);
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.kill(signal);
  const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(deadline);
}

/** A server must not outlive its owner, not even one that was SIGKILLed: this shell's input ends when its owner does. */
function guardAgainstOrphan(server: ChildProcess, signal: NodeJS.Signals): void {
  if (process.platform === 'win32' || server.pid === undefined) return;
  const script = `read -r _; kill -s ${signal.replace('SIG', '')} ${server.pid}`;
  const guard = spawn('sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  guard.once('error', () => undefined);
  server.once('exit', () => guard.kill('SIGKILL'));
  (guard.stdin as Socket).unref();
  guard.unref();
}
