import { bundleAppCode, writeAppCode } from './app-code';
import { copyAssets } from './assets';
import { addLauncher, entryOf } from './bundle';
import { bundleLibraries, type Exports } from './libraries';
import { warmUp } from './warm-up';

interface Outcome {
  exports: Exports;
  /** Our own files that the app was built from, absolute. */
  files: Set<string>;
  changed: boolean;
}

/**
 * @param exports of the libraries that the folder has; they are built again when the app imports another one
 * @throws BuildFailure of esbuild for faults in the code
 */
export async function buildAnew(app: string, folder: string, exports: Exports): Promise<Outcome> {
  const entry = entryOf(app);
  const code = await bundleAppCode(entry, folder, exports);
  if (code.packages.every((name) => Object.hasOwn(exports, name))) {
    return { exports, files: code.sources, changed: await writeAppCode(code) };
  }
  const libraries = await bundleLibraries(folder, [...new Set([...Object.keys(exports), ...code.packages])]);
  await addLauncher(folder);
  await copyAssets(code.sources, folder);
  await writeAppCode(await bundleAppCode(entry, folder, libraries));
  // Only makes the start quicker; code that does not start says why when it is started.
  await warmUp(folder).catch(() => undefined);
  return { exports: libraries, files: code.sources, changed: true };
}
