import { build, type BuildOptions } from 'esbuild';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { nestClassNames } from './class-names';
import { printWarnings } from './failure';
import { leftOut } from './left-out';
import { nativeAddons } from './native-addons';
import { workspace } from './workspace';

const run = promisify(execFile);

/** What each package exports, by the name it is imported by. */
export type Exports = Record<string, string[]>;

/** Wraps a file as Node wraps a CommonJS module, for the launcher to call. */
export const WRAPPER: Pick<BuildOptions, 'banner' | 'footer'> = {
  banner: { js: '(function (exports, require, module, __filename, __dirname) {' },
  footer: { js: '})' },
};

/** Of libraries and of our own code alike. */
export const COMMON: BuildOptions = {
  absWorkingDir: workspace,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  // What a package imports while it runs, the launcher's require gives it.
  supported: { 'dynamic-import': false },
  metafile: true,
  logLevel: 'silent',
};

/**
 * Bundles these packages into `<folder>/libraries.js`: a table of functions, so that one is loaded when it is first imported. They are a
 * file apart from our own code because they change less: a rebuild leaves them, and so does their code cache.
 *
 * @returns what each exports
 */
export async function bundleLibraries(folder: string, packages: string[]): Promise<Exports> {
  const table = packages.map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)}),`);
  const { outputFiles, warnings } = await build({
    ...COMMON,
    stdin: { contents: `module.exports = {\n${table.join('\n')}\n}`, resolveDir: workspace },
    outfile: join(folder, 'libraries.js'),
    write: false,
    minifyWhitespace: true,
    minifySyntax: true,
    // When a crash makes Node print a line of it.
    lineLimit: 200,
    legalComments: 'external',
    plugins: [leftOut, nativeAddons, nestClassNames],
    define: { 'import.meta.url': 'moduleUrl' },
    ...WRAPPER,
    banner: {
      js: `${WRAPPER.banner?.['js']}const moduleUrl = require('node:url').pathToFileURL(__filename).href;`,
    },
  });
  await printWarnings(warnings);
  for (const { path, contents, text } of outputFiles) {
    await writeFile(path, path.endsWith('.js') ? ascii(text) : contents);
  }
  return listExports(folder);
}

/** The launcher reads scripts as Latin-1. esbuild leaves other characters only where an escape means the same. */
export function ascii(script: string): string {
  return script.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

async function listExports(folder: string): Promise<Exports> {
  const list = join(import.meta.dirname, 'list-exports.cjs');
  const { stdout } = await run(process.execPath, [list, join(folder, 'libraries.js')], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return JSON.parse(stdout) as Exports;
}
