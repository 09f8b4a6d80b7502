import { build, type BuildResult } from 'esbuild';
import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { printWarnings } from './failure';
import { ascii, COMMON, type Exports, WRAPPER } from './libraries';
import { importedPackages, ownCode } from './own-code';
import { unfoldSourceMap } from './places';
import { typescript } from './typescript';
import { workspace } from './workspace';

export interface AppCode {
  /** By absolute path; empty in between builds. */
  outputs: Map<string, string>;
  /** The packages that the code imports. */
  packages: string[];
  /** Our own files that it was built from, absolute. */
  sources: Set<string>;
}

/**
 * Bundles our own code from `entry` (below the workspace), for `<folder>/app.js`. It is not minified: it is small, and its lines are seen in a crash.
 *
 * @param exports of the packages it imports; those of one that is missing here are taken at run time, which is enough to find out
 * what is imported
 * @throws BuildFailure of esbuild
 */
export async function bundleAppCode(entry: string, folder: string, exports: Exports): Promise<AppCode> {
  const result = await build({
    ...COMMON,
    entryPoints: [entry],
    outfile: join(folder, 'app.js'),
    write: false,
    metafile: true,
    // Migrations are known by their class names, which esbuild may change to tell two of the same name apart.
    keepNames: true,
    sourcemap: 'external',
    sourcesContent: false,
    legalComments: 'none',
    plugins: [ownCode(exports), typescript],
    ...WRAPPER,
  });
  await printWarnings(result.warnings);
  return describe(result, folder);
}

function describe(result: BuildResult<{ metafile: true; write: false }>, folder: string): AppCode {
  const [output] = Object.entries(result.metafile.outputs).filter(([file]) => file.endsWith('.js'));
  const inputs = Object.keys(output?.[1].inputs ?? {});
  const outputs = result.outputFiles.map(({ path, text }): [string, string] =>
    path.endsWith('.map')
      ? [join(folder, 'app.js.places'), JSON.stringify(unfoldSourceMap(text, folder))]
      : [path, ascii(text)],
  );
  return {
    outputs: new Map(outputs),
    packages: importedPackages(inputs),
    sources: new Set(
      Object.keys(result.metafile.inputs)
        .filter((input) => input.endsWith('.ts'))
        .map((input) => join(workspace, input)),
    ),
  };
}

/**
 * Writes what differs from what is there, each file at once, so that a process that starts meanwhile never reads half of one.
 *
 * @returns whether the code differs
 */
export async function writeAppCode({ outputs }: AppCode): Promise<boolean> {
  let changed = false;
  for (const [file, contents] of outputs) {
    if (existsSync(file) && (await readFile(file, 'utf8')) === contents) continue;
    // V8 tells a cache that does not fit by no more than the length of the source.
    await rm(`${file}.cache`, { force: true });
    await writeFile(`${file}.new`, contents);
    await rename(`${file}.new`, file);
    changed ||= file.endsWith('.js');
  }
  return changed;
}
