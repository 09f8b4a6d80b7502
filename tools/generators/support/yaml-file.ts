import type { Tree } from '@nx/devkit';
import { parseDocument } from 'yaml';
import { Fault } from '../../start/fault';

/** Adds to a list in a YAML file that is there already. formatFiles() lays it out. @throws Fault when there is no such list */
export function addToYaml(
  tree: Tree,
  path: string,
  list: readonly (string | number)[],
  entry: unknown,
): void {
  const document = parseDocument(tree.read(path, 'utf8') ?? '');
  if (!document.hasIn(list)) throw new Fault(`There is no list ${list.join('.')} in ${path}: put it back`);
  document.addIn(list, document.createNode(entry));
  tree.write(path, document.toString({ lineWidth: 0, singleQuote: true }));
}

const MANIFESTS = ['deploy/base', 'deploy/components'];

/** @throws Fault when a workload, a policy or anything else in the cluster is called so */
export function checkNameInCluster(tree: Tree, name: string): void {
  const named = new RegExp(`^ {2}name: ${name}$`, 'm');
  const taken = MANIFESTS.flatMap((folder) => filesIn(tree, folder)).find(
    (path) => path.endsWith('.yaml') && named.test(tree.read(path, 'utf8') ?? ''),
  );
  if (taken) throw new Fault(`${taken} has something called ${name} already: choose another name`);
}

function filesIn(tree: Tree, folder: string): string[] {
  return tree.children(folder).flatMap((name) => {
    const path = `${folder}/${name}`;
    return tree.isFile(path) ? [path] : filesIn(tree, path);
  });
}
