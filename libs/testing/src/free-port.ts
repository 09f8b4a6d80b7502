import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { processAlive } from './process-alive';
import { testFolder } from './workspace';

/** Below the range from which Linux (32768) and macOS (49152) take the ports of outgoing connections. */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 200;

const reservations = join(testFolder, 'ports');
const reserved = new Set<string>();

/**
 * A port of 127.0.0.1 on which nothing listens, and which no other caller of this clone is given while this process lives:
 * each one is reserved by a file in `.local/test/ports/`.
 */
export async function freePort(): Promise<number> {
  mkdirSync(reservations, { recursive: true });
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = FIRST_PORT + Math.floor(Math.random() * (LAST_PORT - FIRST_PORT));
    if (reserve(port) && (await portIsFree(port))) return port;
  }
  throw new Error(`Found no free port on 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT}`);
}

/** Whether a server could listen on this port of 127.0.0.1 now. */
export function portIsFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

function reserve(port: number): boolean {
  const file = join(reservations, String(port));
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch {
    if (!ownerIsGone(file)) return false;
    writeFileSync(file, String(process.pid));
  }
  if (reserved.size === 0) process.once('exit', releaseAll);
  reserved.add(file);
  return true;
}

function ownerIsGone(file: string): boolean {
  try {
    const pid = Number(readFileSync(file, 'utf8'));
    return pid > 0 && !processAlive(pid);
  } catch {
    return false;
  }
}

function releaseAll(): void {
  for (const file of reserved) rmSync(file, { force: true });
}
