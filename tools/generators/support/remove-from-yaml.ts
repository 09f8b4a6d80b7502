import type { Tree } from '@nx/devkit';
import { isNode, isSeq, parseDocument } from 'yaml';

/** Takes elements out of a list in a YAML file, and the list too when nothing is left of it. @returns how many are left */
export function removeFromYaml(
  tree: Tree,
  path: string,
  list: readonly string[],
  isGone: (element: unknown) => boolean,
): number {
  const document = parseDocument(tree.read(path, 'utf8') ?? '');
  const elements = document.getIn(list);
  if (!isSeq(elements)) return 0;
  const left = elements.items.filter((item) => !isGone(isNode(item) ? item.toJS(document) : item));
  if (left.length === 0) document.deleteIn(list);
  elements.items = left;
  tree.write(path, document.toString({ lineWidth: 0, singleQuote: true }));
  return left.length;
}
