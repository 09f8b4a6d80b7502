import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { machinePath } from './machine';

/** In each of the files that must not get into a build; see `plantUnwanted`. */
export const UNWANTED = 'must-not-be-in-any-image';

/** Copies the repository as it stands, without what git ignores: what `docker build .` sees in a clone. */
export function copyRepository(workspace: string, context: string): void {
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: workspace, encoding: 'utf8' }).split('\0').filter(Boolean);
  for (const file of files) {
    // One that was deleted and not yet committed is still on the list.
    if (existsSync(join(workspace, file))) cpSync(join(workspace, file), join(context, file));
  }
}

/** Adds what lies about in a working copy and has no place in a build. */
export function plantUnwanted(context: string): void {
  const places = ['.env', 'apps/api/.env', 'apps/api/.env.local', 'libs/config/src/.npmrc', 'secrets.yaml'];
  const made = ['dist/apps/api/main.js', 'node_modules/planted/index.js', 'apps/api/node_modules/planted.js'];
  const tests = ['apps/api/src/planted.spec.ts', 'apps/e2e/src/planted.ts', '.local/postgres/planted'];
  for (const file of [...places, ...made, ...tests]) {
    mkdirSync(dirname(join(context, file)), { recursive: true });
    writeFileSync(join(context, file), UNWANTED);
  }
}

/**
 * How npm reaches its registry on this machine: files that a build sees while npm runs. They may hold credentials, so they are mounted
 * and not copied.
 */
export function npmConfiguration(): Record<string, string> {
  const list = ['config', 'list', '--json'];
  // Where its configuration is depends on the Node that runs it.
  const env = { ...process.env, PATH: machinePath };
  const config = JSON.parse(execFileSync('npm', list, { encoding: 'utf8', env })) as {
    userconfig?: string;
    globalconfig?: string;
    cafile?: string | null;
  };
  const places = [
    ['/root/.npmrc', config.userconfig],
    ['/usr/etc/npmrc', config.globalconfig],
    [config.cafile ?? '', config.cafile],
  ];
  const present = places.filter((entry): entry is [string, string] =>
    Boolean(entry[1] && existsSync(entry[1])),
  );
  return Object.fromEntries(present);
}
