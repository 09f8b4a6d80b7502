import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleAppCode, writeAppCode } from './app-code';
import { copyAssets } from './assets';
import { bundleLibraries } from './libraries';
import { warmUp } from './warm-up';
import { workspace } from './workspace';

export interface Artefact {
  folder: string;
  /** Of all its files. */
  bytes: number;
}

/**
 * Builds `dist/apps/<app>/`: a folder that `node main.js` runs, with no node_modules, wherever it is copied to.
 *
 * @throws Error naming the app when there is none, BuildFailure of esbuild for faults in the code
 */
export async function bundle(app: string): Promise<Artefact> {
  const entry = entryOf(app);
  if (!existsSync(join(workspace, entry))) throw new Error(`There is no app ${app}: ${entry} does not exist`);
  const folder = join(workspace, 'dist/apps', app);
  await bundleEntry(entry, folder);
  return { folder, bytes: await sizeOf(folder) };
}

export function entryOf(app: string): string {
  return join('apps', app, 'src/main.ts');
}

/** The same for any TypeScript file below the workspace, into any folder, which is emptied first. */
export async function bundleEntry(entry: string, folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const { packages, sources } = await bundleAppCode(entry, folder, {});
  const exports = await bundleLibraries(folder, packages);
  await writeAppCode(await bundleAppCode(entry, folder, exports));
  await addLauncher(folder);
  await copyAssets(sources, folder);
  await warmUp(folder);
}

export async function addLauncher(folder: string): Promise<void> {
  await copyFile(join(import.meta.dirname, 'launcher.cjs'), join(folder, 'main.js'));
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  const sizes = files.filter((file) => file.isFile()).map((file) => stat(join(file.parentPath, file.name)));
  return (await Promise.all(sizes)).reduce((sum, { size }) => sum + size, 0);
}
