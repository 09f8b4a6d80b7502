import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import type { OnResolveArgs, Plugin, PluginBuild } from 'esbuild';
import type { Exports } from './libraries';
import { workspace } from './workspace';

const SCOPE = '@kubernest/';
const LIBRARY = 'library';
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/**
 * Finds our own files, and turns an import of a package into one from the table of libraries. A file of ours that nothing is used of is
 * left out: importing one thing of a lib does not bring in all that the lib depends on.
 */
export function ownCode(exports: Exports): Plugin {
  return {
    name: 'own-code',
    setup(build) {
      build.onResolve({ filter: /^\./ }, (imported) => resolveFile(build, imported));
      build.onResolve({ filter: /^[^./]/ }, ({ path, kind, namespace }) => {
        if (kind === 'entry-point') return undefined;
        if (path.startsWith(SCOPE)) return { path: libOf(path), sideEffects: false };
        if (namespace === LIBRARY || isBuiltin(path)) return { path, external: true };
        return { path, namespace: LIBRARY };
      });
      build.onLoad({ filter: /.*/, namespace: LIBRARY }, ({ path }) => ({
        contents: reExport(path, exports[path]),
      }));
    },
  };
}

/** The packages that a build imported, by what esbuild says it put into the output. */
export function importedPackages(inputs: Iterable<string>): string[] {
  return [...inputs]
    .filter((input) => input.startsWith(`${LIBRARY}:`))
    .map((input) => input.slice(LIBRARY.length + 1))
    .sort();
}

function libOf(specifier: string): string {
  const file = join(workspace, 'libs', specifier.slice(SCOPE.length), 'src/index.ts');
  if (!existsSync(file)) throw new Error(`There is no ${specifier}: ${file} does not exist`);
  return file;
}

async function resolveFile(
  build: PluginBuild,
  { path, pluginData, kind, importer, resolveDir }: OnResolveArgs,
) {
  if (pluginData === ownCode || kind === 'entry-point') return undefined;
  const resolved = await build.resolve(path, { kind, importer, resolveDir, pluginData: ownCode });
  return { ...resolved, sideEffects: false };
}

/** Plain constants, which are quicker than the getters of an object, and of which those that nobody imports are dropped. */
function reExport(name: string, exported: string[] | undefined): string {
  const library = `require(${JSON.stringify(name)})`;
  if (exported === undefined || exported.length === 0) return `module.exports = ${library};`;
  const constants = exported
    .filter((key) => key !== 'default' && IDENTIFIER.test(key))
    .map(
      (key, index) =>
        `const v${index} = /* @__PURE__ */ (() => library.${key})(); export { v${index} as ${key} };`,
    );
  return `const library = ${library};
${constants.join('\n')}
export default /* @__PURE__ */ (() => library.__esModule ? library.default : library)();`;
}
