import { formatFiles, type GeneratorCallback, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { scheduleFaults } from '../../manifests/rules/runs';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { generateDocuments } from '../support/generate-documents';
import { addTriggers } from '../support/keda';
import { checkClassName, parseName, type Name } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { checkFeature, moduleFile, moduleOf, scopeOf, tableOwners } from '../support/workspace';
import { addToYaml, checkNameInCluster } from '../support/yaml-file';

const WORKER = 'worker';
const POLICIES = 'deploy/components/network-policies';

export interface JobOptions {
  name: string;
  feature: string;
  schedule?: string | undefined;
  cron?: string | undefined;
  app?: string;
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
  /** The worker that does it. */
  app: string;
}

/** A service, and what runs it: a processor of a queue, or a command of the worker and its CronJob. */
export default async function job(
  tree: Tree,
  { name, feature, schedule, cron, app = WORKER }: JobOptions,
): Promise<GeneratorCallback | undefined> {
  checkSchedules({ schedule, cron });
  const parsed = { scope: scopeOf(tree), name: parseName(name), file: name, feature: parseName(feature) };
  checkNames(tree, parsed);
  checkApp(tree, app, cron);
  const made: Job = { ...parsed, table: tableOf(tree, feature), schedule, cron, app };
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

function checkApp(tree: Tree, app: string, cron: string | undefined): void {
  if (cron !== undefined && app !== WORKER)
    throw new Fault(`--cron: only apps/${WORKER} has commands, so leave out --app`);
  const module = moduleOf(tree, app);
  if (!module.includes('ConsumersModule.forRoot('))
    throw new Fault(`There is no worker apps/${app}: nx g service ${app} --kind worker makes one`);
  if (!module.includes('DatabaseModule.forRoot('))
    throw new Fault(`apps/${app} has no database, which the job asks: give it one as apps/${WORKER} has it`);
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
  const { scope, name, feature, schedule, app } = made;
  const lib = `libs/${feature.kebab}/src`;
  addTemplates(tree, made, { queue: lib, processor: `apps/${app}/src`, 'e2e-queue': 'apps/e2e/src' });
  new TypeScriptFile(tree, `${lib}/index.ts`).export(`{ ${name.camel}Queue }`, `./${name.kebab}.queue`);
  const library = `${scope}/${feature.kebab}`;
  const module = new TypeScriptFile(tree, moduleFile(app))
    .import(`${feature.camel}Schema`, library)
    .import(`${name.pascal}Module`, library)
    .import(`${name.camel}Queue`, library)
    .import(`${name.pascal}Processor`, `apps/${app}/src/${name.kebab}.processor.ts`)
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
  addTriggers(tree, app, name.kebab);
}

function addCommand(tree: Tree, made: Job): void {
  const { kebab, camel } = made.name;
  checkNameInCluster(tree, kebab);
  if (tree.exists(`apps/${kebab}`)) throw new Fault(`There is apps/${kebab} already: choose another name`);
  addTemplates(tree, made, {
    command: 'apps/worker/src',
    'e2e-command': 'apps/e2e/src',
    cron: 'deploy/base/worker',
    policy: POLICIES,
  });
  new TypeScriptFile(tree, 'apps/worker/src/commands.ts')
    .import(`${camel}Command`, `apps/worker/src/${kebab}.command.ts`)
    .addToList('commands', `${camel}Command`);
  addToYaml(tree, 'deploy/base/worker/kustomization.yaml', ['resources'], `${kebab}.yaml`);
  addToYaml(tree, `${POLICIES}/kustomization.yaml`, ['resources'], `${kebab}.yaml`);
}
