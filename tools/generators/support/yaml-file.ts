import type { Tree } from '@nx/devkit';
import { type Document, isMap, isNode, isSeq, parseAllDocuments, type YAMLSeq } from 'yaml';
import { Fault } from '../../start/fault';

type Path = readonly (string | number)[];

/**
 * Adds to a list in a YAML file that is there already; formatFiles() lays it out.
 *
 * @throws Fault when the file has no place for the list
 */
export function addToYaml(tree: Tree, path: string, list: Path, entry: unknown): void {
  change(tree, path, list, (document) => {
    if (isSeq(document.getIn(list))) document.addIn(list, document.createNode(entry));
    else document.setIn(list, document.createNode([entry]));
  });
}

/** The same for a field. */
export function setInYaml(tree: Tree, path: string, field: Path, value: unknown): void {
  change(tree, path, field, (document) => document.setIn(field, document.createNode(value)));
}

/** Takes elements out of a list in a YAML file, and the list too when nothing is left of it. @returns how many are left */
export function removeFromYaml(
  tree: Tree,
  path: string,
  list: Path,
  isGone: (element: unknown) => boolean,
): number {
  if (!isSeq(readYaml(tree, path, list))) return 0;
  let left: unknown[] = [];
  change(tree, path, list, (document) => {
    const elements = document.getIn(list) as YAMLSeq;
    left = elements.items.filter((item) => !isGone(isNode(item) ? item.toJS(document) : item));
    if (left.length === 0) document.deleteIn(list);
    elements.items = left;
  });
  return left.length;
}

/** What is there, else undefined. */
export function readYaml(tree: Tree, path: string, at: Path): unknown {
  return placeOf(read(tree, path), at)?.getIn(at);
}

function change(tree: Tree, path: string, at: Path, make: (document: Document) => void): void {
  const documents = read(tree, path);
  const place = placeOf(documents, at);
  if (!place) throw new Fault(`There is no place for ${at.join('.')} in ${path}: put it back`);
  make(place);
  const layout = { lineWidth: 0, singleQuote: true };
  tree.write(path, documents.map((document) => document.toString(layout)).join(''));
}

function read(tree: Tree, path: string): Document[] {
  const documents = parseAllDocuments(tree.read(path, 'utf8') ?? '');
  return 'empty' in documents ? [] : documents;
}

/** Of several objects in one file, the one that has what is above it. */
function placeOf(documents: readonly Document[], at: Path): Document | undefined {
  return documents.find((document) => isMap(document.getIn(at.slice(0, -1))));
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
