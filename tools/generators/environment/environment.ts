import type { GeneratorCallback, Tree } from '@nx/devkit';
import { parse } from 'yaml';
import { Fault } from '../../start/fault';
import { generateDocuments } from '../support/generate-documents';
import { parseName } from '../support/names';
import { addToDelivery } from './delivery';

export interface EnvironmentOptions {
  name: string;
  /** The overlay that it is like. */
  from: string;
  namespace?: string | undefined;
  host?: string | undefined;
}

const OVERLAYS = 'deploy/overlays';
/** It holds its secrets and its data stores itself, which no other may. */
const SELF_CONTAINED = 'dev';
const HOST_NAME = /^[a-z0-9-]+(\.[a-z0-9-]+)+$/;

/** A copy of another overlay, with a name, a namespace and a host of its own. Nx finds overlays by themselves. */
export default function environment(tree: Tree, options: EnvironmentOptions): GeneratorCallback {
  const name = parseName(options.name).kebab;
  const namespace = parseName(options.namespace ?? name).kebab;
  const { from } = options;
  checkNames(tree, { name, from, namespace });
  const oldHost = hostOf(tree, from);
  const host = options.host ?? oldHost.replace(/^([^.]+)\.[^.]+/, `$1.${name}`);
  if (!HOST_NAME.test(host) || host === oldHost)
    throw new Fault(`"${host}" is no host of its own, such as ${oldHost.replace(from, name)}: --host`);
  for (const file of tree.children(`${OVERLAYS}/${from}`)) {
    const text = tree.read(`${OVERLAYS}/${from}/${file}`, 'utf8') ?? '';
    const own = text
      .replaceAll(oldHost, host)
      .replace(/^namespace: .*$/m, `namespace: ${namespace}`)
      // What is said before the first field is said of the overlay that it was.
      .replace(
        /^(#.*\n)+(?=apiVersion: kustomize)/,
        `# Like ${from}, in a namespace and on a host of its own.\n`,
      );
    tree.write(`${OVERLAYS}/${name}/${file}`, own);
  }
  addToDelivery(tree, { name, namespace, from });
  return () => generateDocuments(tree.root);
}

/** @throws Fault naming what is taken, or not there */
function checkNames(
  tree: Tree,
  { name, from, namespace }: { name: string; from: string; namespace: string },
): void {
  const overlays = tree.children(OVERLAYS);
  const fit = overlays.filter((overlay) => overlay !== SELF_CONTAINED);
  if (overlays.includes(name)) throw new Fault(`There is ${OVERLAYS}/${name} already: choose another name`);
  if (!fit.includes(from)) throw new Fault(`"${from}" is no overlay to start from: take ${fit.join(' or ')}`);
  const owner = overlays.find((overlay) => kustomization(tree, overlay).namespace === namespace);
  if (owner !== undefined)
    throw new Fault(
      `The namespace ${namespace} is that of ${OVERLAYS}/${owner}: choose another one with --namespace`,
    );
}

function kustomization(tree: Tree, overlay: string): { namespace?: string } {
  return parse(tree.read(`${OVERLAYS}/${overlay}/kustomization.yaml`, 'utf8') ?? '') as {
    namespace?: string;
  };
}

/** @throws Fault when it leaves that to a component, which all overlays share */
function hostOf(tree: Tree, overlay: string): string {
  const texts = tree
    .children(`${OVERLAYS}/${overlay}`)
    .map((file) => tree.read(`${OVERLAYS}/${overlay}/${file}`, 'utf8') ?? '');
  const host = /^ *- host: (\S+)$/m.exec(texts.join('\n'))?.[1];
  if (host === undefined)
    throw new Fault(
      `${OVERLAYS}/${overlay} names no host of its own: start from one that patches its Ingress`,
    );
  return host;
}
