import type { Tree } from '@nx/devkit';
import { type Document, isMap, isNode, isSeq, parseDocument } from 'yaml';
import { Fault } from '../../start/fault';

type Path = readonly (string | number)[];

/** Adds to a list in a YAML file that is there already; formatFiles() lays it out. @throws Fault when it has no place for the list */
export function addToYaml(tree: Tree, path: string, list: Path, entry: unknown): void {
  const document = read(tree, path);
  if (!isMap(document.getIn(list.slice(0, -1))))
    throw new Fault(`There is no place for ${list.join('.')} in ${path}: put it back`);
  if (isSeq(document.getIn(list))) document.addIn(list, document.createNode(entry));
  else document.setIn(list, document.createNode([entry]));
  tree.write(path, document.toString({ lineWidth: 0, singleQuote: true }));
}

/** Takes elements out of a list in a YAML file, and the list too when nothing is left of it. @returns how many are left */
export function removeFromYaml(
  tree: Tree,
  path: string,
  list: Path,
  isGone: (element: unknown) => boolean,
): number {
  const document = read(tree, path);
  const elements = document.getIn(list);
  if (!isSeq(elements)) return 0;
  const left = elements.items.filter((item) => !isGone(isNode(item) ? item.toJS(document) : item));
  if (left.length === 0) document.deleteIn(list);
  elements.items = left;
  tree.write(path, document.toString({ lineWidth: 0, singleQuote: true }));
  return left.length;
}

/** The same for a field. */
export function setInYaml(tree: Tree, path: string, field: Path, value: unknown): void {
  const document = read(tree, path);
  document.setIn(field, document.createNode(value));
  tree.write(path, document.toString({ lineWidth: 0, singleQuote: true }));
}

/** What is there, else undefined. */
export function readYaml(tree: Tree, path: string, at: Path): unknown {
  return read(tree, path).getIn(at);
}

function read(tree: Tree, path: string): Document {
  return parseDocument(tree.read(path, 'utf8') ?? '');
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
