import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

/** Changes what the pattern finds in a file that is there already. @throws Fault when that changes nothing */
export function replaceIn(
  tree: Tree,
  path: string,
  pattern: RegExp,
  replacement: (found: string, ...groups: string[]) => string,
): void {
  const text = tree.read(path, 'utf8') ?? '';
  const changed = text.replace(pattern, replacement);
  if (changed === text) throw new Fault(`There is no ${pattern.source} in ${path}: put it back`);
  tree.write(path, changed);
}

/** Adds, after what the pattern finds, the same with another name in it. @throws Fault when it finds nothing */
export function copyLines(tree: Tree, path: string, pattern: RegExp, [name, copy]: [string, string]): void {
  replaceIn(tree, path, pattern, (found) => found + found.replaceAll(name, copy));
}
