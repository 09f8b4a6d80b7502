import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { processStart } from './process-alive';
import { waitFor } from './wait-for';

interface KnownProcess {
  pid: number;
  start: string | undefined;
}

interface Ownership {
  owner: KnownProcess;
  server?: KnownProcess;
}

/** A data folder that is this process's own until it gives it back. */
export interface TakenFolder {
  /** Says which server works on the folder, so that a later owner can stop it if this process cannot. */
  servedBy: (pid: number) => void;
  giveBack: () => void;
}

const STOP_TIMEOUT_MS = 15_000;

/**
 * Takes a data folder, by a file beside it that says which process has it. When its last owner died without stopping its server, and the
 * server lives on, that is stopped first.
 *
 * @throws Error naming the other process when one that is alive has the folder
 */
export async function takeFolder(folder: string, stopSignal: NodeJS.Signals): Promise<TakenFolder> {
  const file = `${folder}.owner`;
  const owner = known(process.pid);
  mkdirSync(dirname(file), { recursive: true });
  while (!created(file, { owner })) {
    const last = read(file);
    if (last && lives(last.owner)) {
      throw new Error(`${folder} is in use by process ${last.owner.pid}: stop that one first`);
    }
    if (last?.server) await stopLeftover(last.server, stopSignal);
    rmSync(file, { force: true });
  }
  return {
    servedBy: (pid) => writeFileSync(file, JSON.stringify({ owner, server: known(pid) } satisfies Ownership)),
    giveBack: () => rmSync(file, { force: true }),
  };
}

async function stopLeftover(server: KnownProcess, signal: NodeJS.Signals): Promise<void> {
  if (!lives(server)) return;
  process.kill(server.pid, signal);
  const message = `the left-over server ${server.pid} to stop`;
  await waitFor(() => !lives(server), { timeoutMs: STOP_TIMEOUT_MS, message });
}

function created(file: string, ownership: Ownership): boolean {
  try {
    writeFileSync(file, JSON.stringify(ownership), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}

function read(file: string): Ownership | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Ownership;
  } catch {
    return undefined;
  }
}

function known(pid: number): KnownProcess {
  return { pid, start: processStart(pid) };
}

function lives({ pid, start }: KnownProcess): boolean {
  return start !== undefined && processStart(pid) === start;
}
