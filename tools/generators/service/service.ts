import { formatFiles, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { addFolderToReadme } from '../support/documents';
import { generateDocuments } from '../support/generate-documents';
import { copyLines } from '../support/lines';
import { parseName, type Name } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { scopeOf } from '../support/workspace';
import { addToCompose } from './compose';

export interface ServiceOptions {
  name: string;
  kind: 'http' | 'worker';
  database?: boolean;
}

/** In the pod it is alone, so every service can have the same one as the API or the worker. */
const PORTS = { http: 3000, worker: 3001 };
const ABOUT = { http: 'an HTTP service', worker: 'a worker' };

/** An app that starts, with its end-to-end test and everything it takes in the cluster; what it does comes later. */
export default async function service(tree: Tree, options: ServiceOptions): Promise<() => void> {
  const name = parseName(options.name);
  checkFree(tree, name);
  const file = name.kebab;
  const form = formOf(name, options);
  const folders = {
    app: `apps/${file}`,
    e2e: 'apps/e2e/src',
    base: `deploy/base/${file}`,
    ...(form.http ? { 'base-http': `deploy/base/${file}` } : {}),
    policy: 'deploy/components/network-policies',
  };
  for (const [templates, folder] of Object.entries(folders))
    addFiles(tree, join(__dirname, 'files', templates), folder, {
      scope: scopeOf(tree),
      name,
      file,
      ...form,
    });
  addToLists(tree, file);
  addToCompose(tree, file, form);
  addFolderToReadme(tree, 'apps', file, ABOUT[options.kind]);
  new TypeScriptFile(tree, 'tools/generate/processes.ts')
    .import(`${name.camel}Variables`, `apps/${file}/src/variables.ts`)
    .addProperty('variableSets', `'${file}': ${name.camel}Variables`);
  await formatFiles(tree);
  return () => generateDocuments(tree.root);
}

function checkFree(tree: Tree, { kebab }: Name): void {
  const taken = [`apps/${kebab}`, `libs/${kebab}`, `deploy/base/${kebab}`].find((path) => tree.exists(path));
  if (taken) throw new Fault(`There is ${taken} already: choose another name`);
  if (['tools', 'deploy', 'postgres', 'redis', 'vault', 'api-server'].includes(kebab))
    throw new Fault(`${kebab} is the name of something else here: choose another one`);
}

/** Jobs come from Redis; requests need none. */
function formOf({ words }: Name, { kind, database = true }: ServiceOptions) {
  const http = kind === 'http';
  return {
    http,
    database,
    port: PORTS[kind],
    title: words.charAt(0).toUpperCase() + words.slice(1),
    /** The checks of its readiness. */
    dependencies: [...(database ? ['postgres', 'migrations'] : []), ...(http ? [] : ['redis'])],
  };
}

/** Where every workload or image is listed, the migration is. */
const LISTS: Readonly<Record<string, RegExp>> = {
  'deploy/base/kustomization.yaml': /^ {2}- migrate\n/m,
  'deploy/components/network-policies/kustomization.yaml': /^ {2}- migrate\.yaml\n/m,
  'skaffold.yaml': /^ {4}- image: migrate\n {6}docker: .*\n/m,
};
const MONITOR = /^---\napiVersion: .*\nkind: PodMonitor\nmetadata:\n {2}name: worker\n(?:(?!---).*\n)+/m;
const IMAGE = /^ {2}- name: migrate\n(?: {4}.*\n)+/m;

function addToLists(tree: Tree, name: string): void {
  for (const [path, pattern] of Object.entries(LISTS)) copyLines(tree, path, pattern, ['migrate', name]);
  copyLines(tree, 'deploy/components/prometheus/pod-monitors.yaml', MONITOR, ['worker', name]);
  for (const overlay of tree.children('deploy/overlays'))
    copyLines(tree, `deploy/overlays/${overlay}/kustomization.yaml`, IMAGE, ['migrate', name]);
}
