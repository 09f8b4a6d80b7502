import { readJson, type Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

const PLUGIN = /^(@[^/]+)\/tools$/;

/** What the libs are imported by, such as `@acme`: as in the path of this very plugin. */
export function scopeOf(tree: Tree): string {
  const { compilerOptions } = readJson<{ compilerOptions: { paths: Record<string, string[]> } }>(
    tree,
    'tsconfig.base.json',
  );
  for (const path of Object.keys(compilerOptions.paths)) {
    const scope = PLUGIN.exec(path)?.[1];
    if (scope) return scope;
  }
  throw new Fault('tsconfig.base.json has no path that ends in /tools: put it back');
}

/** @throws Fault naming the features there are */
export function checkFeature(tree: Tree, name: string): void {
  const features = featuresOf(tree);
  if (!features.includes(name))
    throw new Fault(`There is no feature ${name}: there are ${features.join(', ') || 'none'}`);
}

/** The libs that keep something in the database. */
export function featuresOf(tree: Tree): string[] {
  return tree
    .children('libs')
    .filter((name) => tree.exists(`libs/${name}/src/schema.ts`))
    .sort();
}

export const SESSION_GUARD = sessionGuardOf('api');

/** Whether the app knows who asks. */
export function hasAccounts(tree: Tree, app = 'api'): boolean {
  return tree.exists(sessionGuardOf(app));
}

function sessionGuardOf(app: string): string {
  return `apps/${app}/src/sessions/session.guard.ts`;
}

export function moduleFile(app: string): string {
  return `apps/${app}/src/app.module.ts`;
}

/** The text of an app's module, which says what it is made of; empty where there is none. */
export function moduleOf(tree: Tree, app: string): string {
  return tree.read(moduleFile(app), 'utf8') ?? '';
}

/** The entities' files, by their table. */
export function tableOwners(tree: Tree): Map<string, string> {
  const files = featuresOf(tree).flatMap((feature) => entityFiles(tree, feature));
  return new Map(
    files.map((file) => [/@Entity\('(\w+)'\)/.exec(tree.read(file, 'utf8') ?? '')?.[1] ?? '', file]),
  );
}

export function entityFiles(tree: Tree, feature: string): string[] {
  const folder = `libs/${feature}/src`;
  return tree
    .children(folder)
    .filter((file) => file.endsWith('.entity.ts'))
    .map((file) => `${folder}/${file}`);
}
