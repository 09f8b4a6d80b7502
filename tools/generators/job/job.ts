import { formatFiles, type GeneratorCallback, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { scheduleFaults } from '../../manifests/rules/runs';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { generateDocuments } from '../support/generate-documents';
import { addTriggers } from '../support/keda';
import { checkClassName, parseName, type Name } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { checkFeature, scopeOf, tableOwners } from '../support/workspace';
import { addToYaml, checkNameInCluster } from '../support/yaml-file';

const WORKER = 'apps/worker/src';
const POLICIES = 'deploy/components/network-policies';
const COLLECTOR_PODS = ['spec', 'podSelector', 'matchExpressions', 0, 'values'];

export interface JobOptions {
  name: string;
  feature: string;
  schedule?: string | undefined;
  cron?: string | undefined;
}

/** What the templates take. */
interface Job {
  scope: string;
  name: Name;
  file: string;
  feature: Name;
  /** Whose rows it counts. */
  table: string;
  schedule: string | undefined;
  cron: string | undefined;
}

/** A service, and what runs it: a processor of a queue, or a command of the worker and its CronJob. */
export default async function job(
  tree: Tree,
  { name, feature, schedule, cron }: JobOptions,
): Promise<GeneratorCallback | undefined> {
  checkSchedules({ schedule, cron });
  const parsed = { scope: scopeOf(tree), name: parseName(name), file: name, feature: parseName(feature) };
  checkNames(tree, parsed);
  const made: Job = { ...parsed, table: tableOf(tree, feature), schedule, cron };
  addTemplates(tree, made, { lib: `libs/${feature}/src` });
  new TypeScriptFile(tree, `libs/${feature}/src/index.ts`)
    .export(`{ ${made.name.pascal} }`, `./${name}`)
    .export(`{ ${made.name.pascal}Module }`, `./${name}.module`);
  (cron === undefined ? addQueue : addCommand)(tree, made);
  await formatFiles(tree);
  return cron === undefined ? undefined : () => generateDocuments(tree.root);
}

function checkSchedules(given: Pick<JobOptions, 'schedule' | 'cron'>): void {
  if (given.schedule !== undefined && given.cron !== undefined)
    throw new Fault('--schedule is for a queue, --cron for a CronJob instead of one: give one of them');
  for (const [option, pattern] of Object.entries(given)) {
    const [fault] = pattern === undefined ? [] : scheduleFaults(pattern);
    if (fault !== undefined) throw new Fault(`--${option}: ${fault}`);
  }
}

function checkNames(tree: Tree, { name, feature }: { name: Name; feature: Name }): void {
  checkFeature(tree, feature.kebab);
  checkClassName(name);
  if (tree.exists(`libs/${feature.kebab}/src/${name.kebab}.entity.ts`))
    throw new Fault(`"${name.kebab}" is the name of an entity: choose another one`);
}

function tableOf(tree: Tree, feature: string): string {
  const table = Array.from(tableOwners(tree)).find(([, file]) => file.startsWith(`libs/${feature}/`))?.[0];
  if (table === undefined) throw new Fault(`libs/${feature} has no entity whose rows the job could count`);
  return table;
}

/** @param folders where each folder of templates goes */
function addTemplates(tree: Tree, made: Job, folders: Readonly<Record<string, string>>): void {
  for (const [templates, folder] of Object.entries(folders))
    addFiles(tree, join(__dirname, 'files', templates), folder, made);
}

function addQueue(tree: Tree, made: Job): void {
  const { scope, name, feature, schedule } = made;
  const lib = `libs/${feature.kebab}/src`;
  addTemplates(tree, made, { queue: lib, processor: WORKER, 'e2e-queue': 'apps/e2e/src' });
  new TypeScriptFile(tree, `${lib}/index.ts`).export(`{ ${name.camel}Queue }`, `./${name.kebab}.queue`);
  const library = `${scope}/${feature.kebab}`;
  const module = new TypeScriptFile(tree, `${WORKER}/app.module.ts`)
    .import(`${feature.camel}Schema`, library)
    .import(`${name.pascal}Module`, library)
    .import(`${name.camel}Queue`, library)
    .import(`${name.pascal}Processor`, `${WORKER}/${name.kebab}.processor.ts`)
    .addToList('queues', `${name.camel}Queue`)
    .addToList('processors', `${name.pascal}Processor`)
    .addToList('imports', `${name.pascal}Module`, 'ConsumersModule.forRoot');
  if (!module.listHas('schema', `${feature.camel}Schema`))
    module.addToList('schema', `${feature.camel}Schema`);
  if (schedule !== undefined)
    module.addToList(
      'schedules',
      `{ id: '${name.kebab}', queue: ${name.camel}Queue, pattern: '${schedule}' }`,
    );
  addTriggers(tree, 'worker', name.kebab);
}

function addCommand(tree: Tree, made: Job): void {
  const { kebab, camel } = made.name;
  checkNameInCluster(tree, kebab);
  if (tree.exists(`apps/${kebab}`)) throw new Fault(`There is apps/${kebab} already: choose another name`);
  addTemplates(tree, made, {
    command: WORKER,
    'e2e-command': 'apps/e2e/src',
    cron: 'deploy/base/worker',
    policy: POLICIES,
  });
  new TypeScriptFile(tree, `${WORKER}/commands.ts`)
    .import(`${camel}Command`, `${WORKER}/${kebab}.command.ts`)
    .addToList('commands', `${camel}Command`);
  addToYaml(tree, 'deploy/base/worker/kustomization.yaml', ['resources'], `${kebab}.yaml`);
  addToYaml(tree, `${POLICIES}/kustomization.yaml`, ['resources'], `${kebab}.yaml`);
  addToYaml(tree, `${POLICIES}/collector.yaml`, COLLECTOR_PODS, kebab);
}
