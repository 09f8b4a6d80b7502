import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { processAlive } from '../process-alive';
import { runCommand } from '../run-command';
import { waitFor } from '../wait-for';

/** Lines of postmaster.pid, as in Postgres' src/include/utils/pidfile.h, counted from 0. */
const PID_LINE = 0;
const STATUS_LINE = 7;
const STOP_TIMEOUT_MS = 15_000;

/** Whether the server with process id `pid` accepts connections to `dataDir`, by its own word. */
export function postmasterIsReady(dataDir: string, pid: number): boolean {
  const lines = pidFile(dataDir);
  return Number(lines[PID_LINE]) === pid && lines[STATUS_LINE]?.trim() === 'ready';
}

/**
 * Makes room for a new server on `dataDir`: waits for, then stops, one that an owner who is gone has left behind, and removes a stale
 * postmaster.pid, which after a restart of the machine or container may name an innocent process.
 */
export async function stopLeftover(dataDir: string): Promise<void> {
  const pid = Number(pidFile(dataDir)[PID_LINE]);
  if (!pid) return;
  if (await isPostgresOn(dataDir, pid)) {
    process.kill(pid, 'SIGINT');
    await waitFor(() => !processAlive(pid), {
      timeoutMs: STOP_TIMEOUT_MS,
      message: `Postgres ${pid} on ${dataDir} to stop`,
    });
  }
  rmSync(join(dataDir, 'postmaster.pid'), { force: true });
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
