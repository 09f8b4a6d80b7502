import { formatFiles, type Tree } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { addFolderToReadme } from '../support/documents';
import { copyLines } from '../support/lines';
import { parseName, type Name } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { scopeOf } from '../support/workspace';

export interface ServiceOptions {
  name: string;
  kind: 'http' | 'worker';
}

/** In the pod it is alone, so every service can have the same one as the API or the worker. */
const PORTS = { http: 3000, worker: 3001 };
const ABOUT = { http: 'an HTTP service', worker: 'a worker' };

/** An app that starts, with its end-to-end test and everything it takes in the cluster; what it does comes later. */
export default async function service(tree: Tree, { kind, ...options }: ServiceOptions): Promise<() => void> {
  const name = parseName(options.name);
  checkFree(tree, name);
  const file = name.kebab;
  const http = kind === 'http';
  const substitutions = { scope: scopeOf(tree), name, file, http, port: PORTS[kind] };
  const folders = {
    app: `apps/${file}`,
    e2e: 'apps/e2e/src',
    base: `deploy/base/${file}`,
    ...(http ? { 'base-http': `deploy/base/${file}` } : {}),
    policy: 'deploy/components/network-policies',
  };
  for (const [templates, folder] of Object.entries(folders))
    addFiles(tree, join(__dirname, 'files', templates), folder, substitutions);
  addToLists(tree, file);
  addFolderToReadme(tree, 'apps', file, ABOUT[kind]);
  new TypeScriptFile(tree, 'tools/generate/processes.ts')
    .import(`${name.camel}Variables`, `apps/${file}/src/variables.ts`)
    .addProperty('variableSets', `'${file}': ${name.camel}Variables`);
  await formatFiles(tree);
  return () => {
    execFileSync(process.execPath, ['--import', 'tsx', 'tools/generate/main.ts'], {
      cwd: tree.root,
      stdio: 'inherit',
    });
  };
}

function checkFree(tree: Tree, { kebab }: Name): void {
  const taken = [`apps/${kebab}`, `libs/${kebab}`, `deploy/base/${kebab}`].find((path) => tree.exists(path));
  if (taken) throw new Fault(`There is ${taken} already: choose another name`);
  if (['tools', 'deploy', 'postgres', 'redis', 'vault', 'api-server'].includes(kebab))
    throw new Fault(`${kebab} is the name of something else here: choose another one`);
}

/** Where every workload or image is listed, the migration is. */
const LISTS: Readonly<Record<string, RegExp[]>> = {
  'deploy/base/kustomization.yaml': [/^ {2}- migrate\n/m],
  'deploy/components/network-policies/kustomization.yaml': [/^ {2}- migrate\.yaml\n/m],
  'deploy/README.md': [
    /^docker build --build-arg APP=migrate .*\n/m,
    /(?<=^kind load docker-image .*) migrate:dev/m,
  ],
  'tools/ci/kind-e2e.sh': [/ migrate:dev/, /(?<=for workload in .*) migrate(?=[ ;])/],
  '.github/workflows/kind.yml': [/^ *- run: docker build --build-arg APP=migrate .*\n/m],
  '.github/workflows/images.yml': [
    /(?<=image: \[.*), migrate(?=[,\]])/g,
    /^ *- image: migrate\n *app: migrate\n/m,
  ],
  'skaffold.yaml': [/^ {4}- image: migrate\n {6}docker: .*\n/m],
  'renovate.json': [/, "\*\*\/migrate"/],
};
const MONITOR = /^---\napiVersion: .*\nkind: PodMonitor\nmetadata:\n {2}name: worker\n(?:(?!---).*\n)+/m;
const IMAGE = /^ {2}- name: migrate\n(?: {4}.*\n)+/m;

function addToLists(tree: Tree, name: string): void {
  for (const [path, patterns] of Object.entries(LISTS))
    for (const pattern of patterns) copyLines(tree, path, pattern, ['migrate', name]);
  copyLines(tree, 'deploy/components/prometheus/pod-monitors.yaml', MONITOR, ['worker', name]);
  for (const overlay of tree.children('deploy/overlays'))
    copyLines(tree, `deploy/overlays/${overlay}/kustomization.yaml`, IMAGE, ['migrate', name]);
}
