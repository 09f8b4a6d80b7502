import { generateFiles, OverwriteStrategy, type Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';

/**
 * Writes the templates of a folder; `__name__` in their own names is that of the substitutions.
 *
 * @throws Fault when a file is there already
 */
export function addFiles(tree: Tree, templates: string, target: string, substitutions: object): void {
  try {
    const options = { overwriteStrategy: OverwriteStrategy.ThrowIfExisting };
    generateFiles(tree, templates, target, { ...substitutions }, options);
  } catch (error) {
    const taken = /already exists.*\((.+)\)$/.exec(error instanceof Error ? error.message : '')?.[1];
    if (taken === undefined) throw error;
    throw new Fault(`There is ${taken} already: choose another name`);
  }
}
