import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

/** Adds, after what the pattern finds, the same with another name in it. @throws Fault when it finds nothing */
export function copyLines(tree: Tree, path: string, pattern: RegExp, [name, copy]: [string, string]): void {
  const text = tree.read(path, 'utf8') ?? '';
  const longer = text.replace(pattern, (found) => found + found.replaceAll(name, copy));
  if (longer === text) throw new Fault(`There is no ${pattern.source} in ${path}: put it back`);
  tree.write(path, longer);
}
