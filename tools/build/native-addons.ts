import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { OnLoadResult, Plugin } from 'esbuild';

const REQUIRED_PACKAGE = /require\('(@[\w-]+\/[\w-]+)'\)/g;

/** Native addons are copied beside the code that loads them. */
export const nativeAddons: Plugin = {
  name: 'native-addons',
  setup(build) {
    build.onLoad({ filter: /\.node$/ }, async ({ path }) => ({
      contents: await readFile(path),
      loader: 'copy',
    }));
    build.onLoad({ filter: /\/@node-rs\/[^/]+\/index\.js$/ }, ({ path }) => onlyInstalledPlatform(path));
  },
};

/**
 * NAPI-RS finds out at every start which of its packages suits the platform, where there is no `ldd` through a diagnostic report of the
 * process. An artefact holds what was installed for the platform it was built on: where that is one package, it is the one.
 */
async function onlyInstalledPlatform(file: string): Promise<OnLoadResult | undefined> {
  const text = await readFile(file, 'utf8');
  const require = createRequire(file);
  const names = new Set(Array.from(text.matchAll(REQUIRED_PACKAGE), ([, name]) => name ?? ''));
  const installed = [...names].filter((name) => {
    try {
      return require.resolve(name);
    } catch {
      return false;
    }
  });
  const [only, ...others] = installed;
  if (only === undefined || others.length > 0) return undefined;
  return { contents: `module.exports = require(${JSON.stringify(only)});` };
}
