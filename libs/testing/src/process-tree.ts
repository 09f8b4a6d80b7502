import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStart } from './process-alive';
import { waitFor } from './wait-for';

interface ProcessRow {
  pid: number;
  parent: number;
  command: string;
}

const POLL_MS = 50;

/**
 * Ends a process and everything below it, also what runs in a session of its own: SIGTERM to all, and SIGKILL to those that still live
 * after `graceMs`. Resolves when none is left.
 */
export async function endProcessTree(pid: number, { graceMs }: { graceMs: number }): Promise<void> {
  const tree = [pid, ...descendantsOf(pid)].map((member) => ({ pid: member, start: processStart(member) }));
  const living = () => tree.filter(({ pid: id, start }) => start !== undefined && processStart(id) === start);
  for (const member of living()) signal(member.pid, 'SIGTERM');
  const gone = { timeoutMs: graceMs, intervalMs: POLL_MS, message: `the processes below ${pid} to end` };
  await waitFor(() => living().length === 0, gone).catch(() => {
    for (const member of living()) signal(member.pid, 'SIGKILL');
    return waitFor(() => living().length === 0, gone);
  });
}

/** The processes that `pid` has started, and those that they have started. */
export function descendantsOf(pid: number, rows: ProcessRow[] = processes()): number[] {
  const children = rows.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...descendantsOf(child.pid, rows)]);
}

/** All processes of this machine. */
export function processes(): ProcessRow[] {
  if (process.platform === 'linux') return processesOfLinux();
  const lines = execFileSync('ps', ['-axo', 'pid=,ppid=,command='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [pid, parent, ...command] = line.trim().split(/\s+/);
    return { pid: Number(pid), parent: Number(parent), command: command.join(' ') };
  });
}

/** Slim images have no `ps`. */
function processesOfLinux(): ProcessRow[] {
  const pids = readdirSync('/proc').map(Number).filter(Boolean);
  return pids.map((pid) => ({
    pid,
    parent: Number(/PPid:\t(\d+)/.exec(fileOf(pid, 'status'))?.[1]),
    command: fileOf(pid, 'cmdline').replaceAll('\0', ' '),
  }));
}

function fileOf(pid: number, name: string): string {
  try {
    return readFileSync(join('/proc', String(pid), name), 'utf8');
  } catch {
    return '';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
