import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where programs of the machine itself are; npm and Nx put this project's own ones first. */
export const machinePath = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** @throws Error when the machine has no such program */
export function onPath(name: string): string {
  const folder = machinePath.split(delimiter).find((path) => existsSync(join(path, name)));
  if (folder === undefined) throw new Error(`${name} is not on the PATH`);
  return join(folder, name);
}
