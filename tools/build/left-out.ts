import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { workspace } from './workspace';
import type { OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';

/** Library files that no process of ours can reach, and that would be loaded at every start. They become empty modules. */
const EMPTY = [
  // Drivers of other databases; Postgres is the only one, and each of theirs extends nothing of it.
  /\/typeorm\/driver\/(?!postgres|sqlserver\/MssqlParameter|types|[A-Z])[^/]+\/.+\.js$/,
  /\/typeorm\/(entity-manager|repository)\/Mongo.+\.js$/,
  // Translations of messages.
  /\/zod\/v4\/locales\/(?!en\.|index\.).+\.c?js$/,
  // Stores other than Redis and memory.
  /\/rate-limiter-flexible\/lib\/RateLimiter(Cluster|Drizzle|Dynamo|Etcd|Memcache|Mongo|MySQL|Postgres|Prisma|SQLite|Valkey).*\.js$/,
  // What OpenTelemetry would export metrics with, and names that it has given up.
  /\/@opentelemetry\/sdk-metrics\/dist\/.+\.cjs$/,
  /\/@opentelemetry\/semantic-conventions\/dist\/(trace|resource)\/.+\.cjs$/,
];

interface Rewrite {
  file: RegExp;
  from: RegExp;
  to: string;
}

/** Work that a library does while it is loaded, put off until it is needed. The build fails when `from` is not there any more. */
const REWRITES: Rewrite[] = [
  {
    // Loads the tables of ICU, 20 ms, for the console logger that ours replaces.
    file: /@nestjs\/common\/services\/console-logger\.service\.js$/,
    from: /const dateTimeFormatter = (new Intl\.DateTimeFormat\([^;]+\));/,
    to: 'let formatter; const dateTimeFormatter = { format: (date) => (formatter ??= $1).format(date) };',
  },
  {
    // For exemplars only, which are off.
    file: /\/prom-client\/lib\/metrics\/processCpuTotal\.js$/,
    from: /const OtelApi = require\('(@opentelemetry\/api)'\);/,
    to: "const OtelApi = { get trace() { return require('$1').trace; }, get context() { return require('$1').context; } };",
  },
];

/** Packages that a library can do without, as Node would treat them: requiring one throws, and the library carries on. */
export const leftOut: Plugin = {
  name: 'left-out',
  setup(build) {
    build.onResolve({ filter: /^[^./]/ }, (imported) => resolveOptional(build, imported));
    build.onLoad({ filter: /.*/, namespace: 'not-installed' }, ({ path }) => ({
      contents: throwNotFound(path),
    }));
    build.onLoad({ filter: /node_modules.*\.c?js$/ }, ({ path }) => {
      if (EMPTY.some((pattern) => pattern.test(path))) return { contents: '' };
      const rewrite = REWRITES.find(({ file }) => file.test(path));
      return rewrite && putOff(path, rewrite);
    });
  },
};

async function resolveOptional(
  build: PluginBuild,
  { path, pluginData, importer, ...rest }: OnResolveArgs,
): Promise<OnResolveResult | undefined> {
  const asked = pluginData === leftOut || !importer.includes('node_modules');
  if (asked || isBuiltin(path) || isInstalled(path)) return undefined;
  const resolved = await build.resolve(path, {
    kind: rest.kind,
    importer,
    resolveDir: rest.resolveDir,
    pluginData: leftOut,
  });
  return resolved.errors.length === 0 ? resolved : { path, namespace: 'not-installed' };
}

/** The quick answer for most. Others may still sit in a node_modules folder further down. */
function isInstalled(specifier: string): boolean {
  const [scopeOrName = '', name = ''] = specifier.split('/');
  const folder = scopeOrName.startsWith('@') ? join(scopeOrName, name) : scopeOrName;
  return existsSync(join(workspace, 'node_modules', folder));
}

function throwNotFound(name: string): string {
  const message = JSON.stringify(`Cannot find module '${name}': it was not installed when this was built`);
  return `throw Object.assign(new Error(${message}), { code: 'MODULE_NOT_FOUND' });`;
}

async function putOff(file: string, { from, to }: Rewrite): Promise<{ contents: string }> {
  const text = await readFile(file, 'utf8');
  const contents = text.replace(from, to);
  if (contents === text) throw new Error(`${file} has changed: see REWRITES in tools/build/left-out.ts`);
  return { contents };
}
