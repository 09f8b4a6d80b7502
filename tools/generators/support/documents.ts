import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

const NAME_WIDTH = 11;

/**
 * Adds a folder to the tree in the README, last in its room.
 *
 * @throws Fault when the tree is not there
 */
export function addFolderToReadme(tree: Tree, room: string, folder: string, about: string): void {
  const readme = tree.read('README.md', 'utf8') ?? '';
  const block = new RegExp(`^${room}/\\n(?: {2}.*\\n)+`, 'm').exec(readme)?.[0];
  if (!block) throw new Fault(`There is no ${room}/ with its folders in README.md: put it back`);
  const line = `  ${`${folder}/`.padEnd(NAME_WIDTH)} ${about}\n`;
  tree.write(
    'README.md',
    readme.replace(block, () => block + line),
  );
}

/** Its line in the tree. */
export function removeFolderFromReadme(tree: Tree, folder: string): void {
  const readme = tree.read('README.md', 'utf8') ?? '';
  tree.write('README.md', readme.replace(new RegExp(`^ {2}${folder}/ .*\\n`, 'm'), ''));
}
