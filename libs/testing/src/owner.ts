import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { processStart } from './process-alive';

/**
 * Takes a folder for this process, by a file beside it that says which process that is.
 *
 * @returns gives the folder back
 * @throws Error naming the other process when one that is alive has it
 */
export function takeFolder(folder: string): () => void {
  const file = `${folder}.owner`;
  mkdirSync(dirname(file), { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, `${process.pid} ${processStart(process.pid) ?? ''}`, { flag: 'wx' });
      return () => rmSync(file, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const pid = livingOwner(file);
    if (pid !== undefined) throw new Error(`${folder} is in use by process ${pid}: stop that one first`);
    rmSync(file, { force: true });
  }
}

function livingOwner(file: string): number | undefined {
  const [pid, start] = contentOf(file).split(' ');
  return start && processStart(Number(pid)) === start ? Number(pid) : undefined;
}

function contentOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
