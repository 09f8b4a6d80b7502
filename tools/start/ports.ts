import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { Fault } from './fault';

export interface WantedPort {
  port: number;
  /** For the message: the api, the metrics of the worker. */
  purpose: string;
  variable: string;
}

/** @throws Fault naming the first port that is taken, and its holder where the system tells */
export async function assertPortsFree(wanted: WantedPort[]): Promise<void> {
  for (const { port, purpose, variable } of wanted) {
    if (await isFree(port)) continue;
    const holder = holderOf(port);
    const by = holder ? ` by process ${holder.pid} (${holder.name})` : '';
    throw new Fault(
      `Port ${port}, for ${purpose}, is taken${by}: stop that, or set ${variable} to another port`,
    );
  }
}

/** A server on all addresses leaves 127.0.0.1 free to be taken on some systems, and answers on it all the same. */
async function isFree(port: number): Promise<boolean> {
  return (await canListen(port)) && !(await answers(port));
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Whether something accepts connections on this port of 127.0.0.1. */
export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => settle(true));
    socket.once('error', () => settle(false));
  });
}

/** proc(5): sockets by port in /proc/net, and by inode in each process's fd folder. Undefined elsewhere, and for processes of others. */
function holderOf(port: number): { pid: number; name: string } | undefined {
  try {
    const inodes = listeningInodes(port);
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (inodes.some((inode) => holds(pid, inode))) {
        return { pid: Number(pid), name: programOf(pid) };
      }
    }
  } catch {
    // Not Linux.
  }
  return undefined;
}

/** Its first two words: node and what it runs. Later ones may be secret. */
function programOf(pid: string): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, 2).join(' ').trim();
}

const LISTENING = '0A';

function listeningInodes(port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map((file) => readFileSync(file, 'utf8'));
  const rows = tables
    .flatMap((table) => table.trim().split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/));
  return rows
    .filter(([, local, , state]) => local?.endsWith(suffix) && state === LISTENING)
    .map((columns) => columns[9] ?? '');
}

function holds(pid: string, inode: string): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => readlinkSync(`${folder}/${fd}`) === `socket:[${inode}]`);
  } catch {
    return false;
  }
}
