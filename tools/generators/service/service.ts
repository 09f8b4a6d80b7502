import { formatFiles, type Tree } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { addFolderToReadme } from '../support/documents';
import { addLines, copyLines } from '../support/lines';
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
  addToManifests(tree, file);
  addToDocuments(tree, file, ABOUT[kind]);
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

/** Beside the migration, which is in every list: of the base, of what may reach what, of what is scraped, of the images. */
function addToManifests(tree: Tree, name: string): void {
  addLines(tree, 'deploy/base/kustomization.yaml', /^ {2}- migrate\n/m, `  - ${name}\n`);
  addLines(
    tree,
    'deploy/components/network-policies/kustomization.yaml',
    /^ {2}- migrate\.yaml\n/m,
    `  - ${name}.yaml\n`,
  );
  const monitors = 'deploy/components/prometheus/pod-monitors.yaml';
  copyLines(
    tree,
    monitors,
    /^---\napiVersion: .*\nkind: PodMonitor\nmetadata:\n {2}name: worker\n(?:(?!---).*\n)+/m,
    ['worker', name],
  );
  for (const overlay of tree.children('deploy/overlays'))
    copyLines(tree, `deploy/overlays/${overlay}/kustomization.yaml`, /^ {2}- name: migrate\n(?: {4}.*\n)+/m, [
      'migrate',
      name,
    ]);
}

function addToDocuments(tree: Tree, name: string, about: string): void {
  addFolderToReadme(tree, 'apps', name, about);
  const readme = 'deploy/README.md';
  copyLines(tree, readme, /^docker build --build-arg APP=migrate .*\n/m, ['migrate', name]);
  copyLines(tree, readme, /(?<=^kind load docker-image .*) migrate:dev/m, ['migrate', name]);
}
