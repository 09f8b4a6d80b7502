import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processAlive } from '../process-alive';
import { runCommand } from '../run-command';

/** Lines of postmaster.pid, as in Postgres' src/include/utils/pidfile.h, counted from 0. */
const PID_LINE = 0;
const STATUS_LINE = 7;

/** Whether the server with process id `pid` accepts connections to `dataDir`, by its own word. */
export function postmasterIsReady(dataDir: string, pid: number): boolean {
  const lines = pidFile(dataDir);
  return Number(lines[PID_LINE]) === pid && lines[STATUS_LINE]?.trim() === 'ready';
}

/**
 * Removes the postmaster.pid of a server that is gone: after a restart of the machine or container it may name an innocent process, and
 * Postgres would then refuse to start.
 */
export async function removeStalePidFile(dataDir: string): Promise<void> {
  const pid = Number(pidFile(dataDir)[PID_LINE]);
  if (pid && !(await isPostgresOn(dataDir, pid))) rmSync(join(dataDir, 'postmaster.pid'), { force: true });
}

function pidFile(dataDir: string): string[] {
  try {
    return readFileSync(join(dataDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

async function isPostgresOn(dataDir: string, pid: number): Promise<boolean> {
  if (!processAlive(pid)) return false;
  const command = await commandLine(pid);
  return command.includes('postgres') && command.includes(dataDir);
}

async function commandLine(pid: number): Promise<string> {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return runCommand('ps', ['-ww', '-o', 'command=', '-p', String(pid)]).catch(() => '');
  }
}
