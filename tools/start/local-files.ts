import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The clone's own folder. */
export const workspace = resolve(import.meta.dirname, '../..');

/** The name in package.json: every object of the cluster says that it is part of it. */
export function productName(): string {
  return (JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8')) as { name: string }).name;
}

export const localFolder = join(workspace, '.local');

export const dataFolder = join(localFolder, 'data');

/** Which servers run, for another start of this clone to join. */
export const serversFile = join(localFolder, 'servers.json');

/** Only its owner may read it. */
const SECRET_FILE_MODE = 0o600;
const SECRET_BYTES = 32;

/** The value of a variable in this clone, the same at every start, so that what it signed stays good. */
export function localSecret(variable: string): string {
  const file = join(localFolder, variable.toLowerCase().replaceAll('_', '-'));
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const secret = randomBytes(SECRET_BYTES).toString('base64url');
  writeSecretFile(file, `${secret}\n`);
  return secret;
}

export function writeSecretFile(file: string, contents: string): void {
  mkdirSync(localFolder, { recursive: true });
  writeFileSync(file, contents, { mode: SECRET_FILE_MODE });
}
