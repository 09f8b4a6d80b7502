import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runCommand } from '../run-command';
import type { PostgresBinaries } from './postgres-binaries';
import { giveToServerUser, reachablePath, removeReachable, serverUser } from './server-user';

export const SUPERUSER = 'app';
export const DATABASE = 'app';
const PASSWORD_FILE = 'superuser-password';

/** Whether there is a finished data folder: it is made beside its place and moved there as the last step. */
export function isInitialised(dataDir: string): boolean {
  return existsSync(join(dataDir, 'PG_VERSION')) && existsSync(join(dataDir, PASSWORD_FILE));
}

/** The superuser's password; drawn when the folder was made, readable by its owner (and root) only. */
export function passwordOf(dataDir: string): string {
  return readFileSync(join(dataDir, PASSWORD_FILE), 'utf8');
}

/**
 * Makes a data folder with one superuser, known by a random password, and one empty database.
 *
 * @param dataDir must not exist, or be empty
 */
export async function initialise(dataDir: string, binaries: PostgresBinaries): Promise<void> {
  if (existsSync(dataDir) && readdirSync(dataDir).length > 0) {
    throw new Error(
      `${dataDir} is not a Postgres data folder of this version of the project, and is not empty: move it away`,
    );
  }
  const partial = `${dataDir}.${process.pid}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  giveToServerUser(partial);
  try {
    await runInitdb(partial, binaries);
    rmSync(dataDir, { recursive: true, force: true });
    renameSync(partial, dataDir);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function runInitdb(folder: string, binaries: PostgresBinaries): Promise<void> {
  const password = randomBytes(18).toString('base64url');
  const passwordFile = `${folder}.password`;
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveToServerUser(passwordFile);
  const options = { ...serverUser, cwd: dirname(folder) };
  const locale = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  const access = [`--username=${SUPERUSER}`, '--auth=scram-sha-256', `--pwfile=${passwordFile}`];
  try {
    await runCommand(binaries.initdb, ['-D', folder, '--no-sync', ...locale, ...access], options);
    const single = ['--single', '-D', folder, '-F', 'postgres'];
    await runCommand(binaries.postgres, single, { ...options, input: `CREATE DATABASE ${DATABASE};\n` });
    renameSync(passwordFile, join(folder, PASSWORD_FILE));
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * A fresh data folder at `dataDir`, as `initialise` makes it, but by copying one that was made once: 0.1 s instead of 1 s.
 *
 * @param templates where the original is kept, one for each version of Postgres
 */
export async function copyOfTemplate(
  dataDir: string,
  templates: string,
  binaries: PostgresBinaries,
): Promise<void> {
  const template = reachablePath(join(templates, `postgres-template-${SUPERUSER}-${binaries.version}`));
  if (!isInitialised(template)) {
    await initialise(template, binaries).catch((error: unknown) => {
      // Another run may have put its own template there meanwhile.
      if (!isInitialised(template)) throw error;
    });
  }
  removeReachable(dataDir);
  await runCommand('cp', ['-Rp', template, reachablePath(dataDir)]);
}
