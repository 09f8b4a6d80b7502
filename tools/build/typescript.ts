import { transform } from '@swc/core';
import { readFile, stat } from 'node:fs/promises';
import type { Loader, Plugin } from 'esbuild';

interface Compiled {
  modifiedMs: number;
  code: string;
}

/** By file; every app of a watch shares them. */
const compiled = new Map<string, Compiled>();

/** Compiles TypeScript with swc, since esbuild alone leaves out the decorator metadata by which Nest injects. */
export const typescript: Plugin = {
  name: 'typescript',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, async ({ path }) => ({
      contents: await compile(path),
      loader: 'js' satisfies Loader,
    }));
  },
};

async function compile(file: string): Promise<string> {
  const { mtimeMs: modifiedMs } = await stat(file);
  const known = compiled.get(file);
  if (known?.modifiedMs === modifiedMs) return known.code;
  const { code } = await transform(await readFile(file, 'utf8'), {
    filename: file,
    swcrc: false,
    configFile: false,
    sourceMaps: 'inline',
    module: { type: 'es6' },
    jsc: {
      target: 'es2024',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
      keepClassNames: true,
    },
  });
  compiled.set(file, { modifiedMs, code });
  return code;
}
