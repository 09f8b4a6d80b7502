import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface LockedPackage {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const workspace = join(import.meta.dirname, '../..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(workspace, file), 'utf8'));
const { packages } = read('package-lock.json') as { packages: Record<string, LockedPackage> };

/** As Node looks for it: in the dependent's own node_modules, then in those of the folders above. */
function isLocked(dependent: string, name: string): boolean {
  for (let folder = `/${dependent}`; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    if (`${folder}/node_modules/${name}`.slice(1) in packages) return true;
    if (!folder.includes('/node_modules/')) return false;
  }
}

it('holds the optional packages of every platform, so that npm ci works on all of them', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(path, name))
      .map((name) => `${name}, wanted by ${path}`),
  );
  expect(missing).toEqual([]);
});

it('names no registry, so that everybody installs from their own', () => {
  const named = Object.entries(packages).filter(([, { resolved }]) => resolved?.includes('://'));
  expect(named.map(([path, { resolved }]) => `${path}: ${resolved ?? ''}`)).toEqual([]);
});

it('is of a package.json with exact versions only', () => {
  type Dependencies = Record<string, string>;
  const manifest = read('package.json') as Record<
    'dependencies' | 'devDependencies' | 'overrides',
    Dependencies
  >;
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.overrides };
  const ranges = Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version));
  expect(ranges).toEqual([]);
});
