import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleAppCode, writeAppCode } from './app-code';
import { copyAssets } from './assets';
import { addLauncher, entryOf } from './bundle';
import { bundleLibraries, type Exports } from './libraries';
import { warmUp } from './warm-up';
import { workspace } from './workspace';

export interface DevelopmentBuild {
  folder: string;
  /** Our own files that the app was built from, absolute. */
  sources: Set<string>;
  /** Whether what runs differs from what the folder held before. */
  changed: boolean;
}

interface LibrariesState {
  /** Of everything that the libraries depend on, apart from which ones are asked for. */
  key: string;
  exports: Exports;
}

/**
 * Builds `.local/build/<app>/`, which runs like an artefact. Its libraries are built again only when other ones are imported, or
 * installed; so a change of our own code takes a fraction of a second.
 *
 * @throws BuildFailure of esbuild for faults in the code; the folder then keeps what it had
 */
export async function buildForDevelopment(app: string): Promise<DevelopmentBuild> {
  const folder = join(workspace, '.local/build', app);
  await mkdir(folder, { recursive: true });
  const key = await librariesKey();
  let exports = await knownExports(folder, key);
  let code = await bundleAppCode(entryOf(app), folder, exports);
  const lacking = code.packages.some((name) => !Object.hasOwn(exports, name));
  if (lacking) {
    exports = await bundleLibraries(folder, [...new Set([...Object.keys(exports), ...code.packages])]);
    code = await bundleAppCode(entryOf(app), folder, exports);
  }
  const changed = await writeAppCode(code);
  if (lacking) {
    await addLauncher(folder);
    await copyAssets(app, folder);
    await writeAtOnce(stateFile(folder), JSON.stringify({ key, exports } satisfies LibrariesState));
    // Only makes the start quicker; code that does not start says why when it is started.
    await warmUp(folder).catch(() => undefined);
  }
  return { folder, sources: code.sources, changed: changed || lacking };
}

function stateFile(folder: string): string {
  return join(folder, 'libraries.json');
}

async function knownExports(folder: string, key: string): Promise<Exports> {
  if (!existsSync(stateFile(folder))) return {};
  const state = JSON.parse(await readFile(stateFile(folder), 'utf8')) as LibrariesState;
  return state.key === key ? state.exports : {};
}

async function writeAtOnce(file: string, contents: string): Promise<void> {
  await writeFile(`${file}.new`, contents);
  await rename(`${file}.new`, file);
}

/** Node and its platform, what is installed, and how it is bundled. */
async function librariesKey(): Promise<string> {
  const files = (await readdir(import.meta.dirname)).filter((name) => !name.includes('.spec.')).sort();
  const paths = [
    join(workspace, 'package-lock.json'),
    ...files.map((name) => join(import.meta.dirname, name)),
  ];
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  for (const path of paths) hash.update(await readFile(path));
  return hash.digest('hex');
}
