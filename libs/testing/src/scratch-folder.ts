import { chmodSync, mkdirSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { runFolder } from './workspace';

/**
 * A new, empty folder below `.local/test/` for the files of one test, such as the data of a server of its own. Later runs remove it, so a
 * test need not.
 */
export function scratchFolder(): string {
  mkdirSync(runFolder, { recursive: true });
  const folder = mkdtempSync(join(runFolder, 'scratch-'));
  // The user as whom Postgres runs has to get through.
  chmodSync(folder, 0o711);
  return folder;
}
