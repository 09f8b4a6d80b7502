import { readJson, type Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

/** `@kubernest`: what the libs are imported by. It is the package name's, so that a renamed workspace needs nothing else. */
export function scopeOf(tree: Tree): string {
  return `@${readJson<{ name: string }>(tree, 'package.json').name}`;
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
