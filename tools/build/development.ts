import { createHash } from 'node:crypto';
import { existsSync, globSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Exports } from './libraries';
import { workspace } from './workspace';

export interface DevelopmentBuild {
  folder: string;
  /** Our own files that the app was built from, absolute. */
  sources: Set<string>;
  /** Whether what runs differs from what the folder held before. */
  changed: boolean;
}

/** What the last build left beside its files, in `build.json`. */
interface State {
  /** Of everything that a build depends on apart from our own code. */
  key: string;
  exports: Exports;
  /** When each source was modified, in milliseconds since 1970. */
  sources: Record<string, number>;
}

/**
 * Builds `.local/build/<app>/`, which runs like an artefact. Where no source was modified since the last build, that one stays. The
 * libraries are built again only when other ones are imported, or installed; so a change of our own code takes a fraction of a second.
 *
 * @throws BuildFailure of esbuild for faults in the code; the folder then keeps what it had
 */
export async function buildForDevelopment(app: string): Promise<DevelopmentBuild> {
  const folder = join(workspace, '.local/build', app);
  await mkdir(folder, { recursive: true });
  const last = await lastState(folder);
  const key = await keyOf();
  if (last?.key === key && (await isUpToDate(last))) {
    return { folder, sources: new Set(Object.keys(last.sources)), changed: false };
  }
  // Loaded only here: a start with nothing to build does without esbuild and swc.
  const { buildAnew } = await import('./development-build');
  const began = Date.now();
  const known = last?.key === key ? last.exports : {};
  const { exports, files, changed } = await buildAnew(app, folder, known);
  const sources = await modificationTimes(files, began);
  await writeAtOnce(stateFile(folder), JSON.stringify({ key, exports, sources } satisfies State));
  return { folder, sources: files, changed };
}

function stateFile(folder: string): string {
  return join(folder, 'build.json');
}

async function lastState(folder: string): Promise<State | undefined> {
  if (!existsSync(stateFile(folder))) return undefined;
  return JSON.parse(await readFile(stateFile(folder), 'utf8')) as State;
}

async function isUpToDate({ sources }: State): Promise<boolean> {
  const current = await modificationTimes(Object.keys(sources), Infinity);
  return Object.entries(sources).every(([file, modifiedMs]) => current[file] === modifiedMs);
}

/** 0 for a file that is gone, or that was modified after `untilMs`, so perhaps after it was read. */
async function modificationTimes(files: Iterable<string>, untilMs: number): Promise<State['sources']> {
  const entries = Array.from(files, async (file): Promise<[string, number]> => {
    const modifiedMs = await stat(file).then(
      ({ mtimeMs }) => mtimeMs,
      () => 0,
    );
    return [file, modifiedMs < untilMs ? modifiedMs : 0];
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function writeAtOnce(file: string, contents: string): Promise<void> {
  await writeFile(`${file}.new`, contents);
  await rename(`${file}.new`, file);
}

/** Node and its platform, what is installed, what assets there are, and how it is bundled. */
async function keyOf(): Promise<string> {
  const files = (await readdir(import.meta.dirname)).filter((name) => !name.includes('.spec.')).sort();
  const paths = [
    join(workspace, 'package-lock.json'),
    ...globSync(join(workspace, '{apps,libs}/*/assets.json')).sort(),
    ...files.map((name) => join(import.meta.dirname, name)),
  ];
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  for (const path of paths) hash.update(await readFile(path));
  return hash.digest('hex');
}
