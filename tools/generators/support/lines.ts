import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

/** Adds text after what the pattern finds. @throws Fault when it finds nothing */
export function addLines(tree: Tree, path: string, after: RegExp, lines: string): void {
  const text = tree.read(path, 'utf8') ?? '';
  const found = after.exec(text);
  if (!found) throw new Fault(`There is no ${after.source} in ${path}: put it back`);
  const end = found.index + found[0].length;
  tree.write(path, text.slice(0, end) + lines + text.slice(end));
}

/** Adds what the pattern finds once more, with another name in it. @throws Fault when it finds nothing */
export function copyLines(tree: Tree, path: string, pattern: RegExp, [name, copy]: [string, string]): void {
  const found = pattern.exec(tree.read(path, 'utf8') ?? '')?.[0] ?? '';
  addLines(tree, path, pattern, found.replaceAll(name, copy));
}
