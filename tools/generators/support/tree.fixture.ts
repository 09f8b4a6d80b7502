import type { Tree } from '@nx/devkit';
import { resolve } from 'node:path';
import { FsTree } from 'nx/src/generators/tree';

/** This very workspace with these files in it; what is written to it stays in memory. */
export function createTree(files: Record<string, string>): Tree {
  const tree = new FsTree(resolve(__dirname, '../../..'), false);
  for (const [path, content] of Object.entries(files)) tree.write(path, content);
  return tree;
}
