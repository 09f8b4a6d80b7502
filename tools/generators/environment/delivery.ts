import type { Tree } from '@nx/devkit';
import { replaceIn } from '../support/lines';

interface Added {
  name: string;
  namespace: string;
  /** The overlay that it is like. */
  from: string;
}

/** Where the overlays are listed that Argo CD and Flux apply, and that the workflow Promote may change. */
export function addToDelivery(tree: Tree, { name, namespace, from }: Added): void {
  replaceIn(
    tree,
    'deploy/delivery/argo-cd.yaml',
    /^( *)- overlay: .*\n *namespace: .*\n(?! *- overlay)/m,
    (last, indent = '') => `${last}${indent}- overlay: ${name}\n${indent}  namespace: ${namespace}\n`,
  );
  replaceIn(
    tree,
    'deploy/delivery/flux.yaml',
    new RegExp(`^---\\n(?:(?!---).*\\n)* {2}path: \\./deploy/overlays/${from}\\n(?:(?!---).*\\n)*`, 'm'),
    (document) => document + inFlux(document, { name, from }),
  );
  replaceIn(tree, '.github/workflows/promote.yml', /(?<=^ *options: \[.*)(?=\]$)/gm, () => `, ${name}`);
}

function inFlux(document: string, { name, from }: Pick<Added, 'name' | 'from'>): string {
  const product = /^ {2}sourceRef:\n(?: {4}.*\n)*? {4}name: (.+)$/m.exec(document)?.[1] ?? '';
  return document
    .replace(/(?<=^metadata:\n {2}name: ).*$/m, `${product}-${name}`)
    .replace(`overlays/${from}\n`, `overlays/${name}\n`);
}
