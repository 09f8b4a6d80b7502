import { formatFiles, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { addTriggers } from '../support/keda';
import { checkClassName, parseName, type Name } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { checkFeature, scopeOf, tableOwners } from '../support/workspace';

const MODULE = 'apps/worker/src/app.module.ts';
/** Five fields, as BullMQ and Kubernetes both read them. */
const CRON = /^(?:[\d*,/-]+|[A-Z]{3}) (?:[\d*,/-]+ ){2}(?:[\d*,/A-Z-]+) (?:[\d*,/A-Z-]+)$/;

export interface JobOptions {
  name: string;
  feature: string;
  schedule?: string;
}

export default async function job(tree: Tree, { feature, schedule, ...options }: JobOptions): Promise<void> {
  const name = parseName(options.name);
  checkFeature(tree, feature);
  checkClassName(name);
  if (tree.exists(`libs/${feature}/src/${name.kebab}.entity.ts`))
    throw new Fault(`"${name.kebab}" is the name of an entity: choose another one`);
  if (schedule !== undefined && !CRON.test(schedule))
    throw new Fault(`"${schedule}" is not a schedule: five cron fields in UTC, such as '0 3 * * *'`);
  const table = Array.from(tableOwners(tree)).find(([, file]) => file.startsWith(`libs/${feature}/`))?.[0];
  if (table === undefined) throw new Fault(`libs/${feature} has no entity whose rows the job could count`);
  const owner = parseName(feature);
  const substitutions = { scope: scopeOf(tree), name, file: name.kebab, feature: owner, table, schedule };
  const folders = { lib: `libs/${feature}/src`, worker: 'apps/worker/src', e2e: 'apps/e2e/src' };
  for (const [templates, folder] of Object.entries(folders))
    addFiles(tree, join(__dirname, 'files', templates), folder, substitutions);
  new TypeScriptFile(tree, `libs/${feature}/src/index.ts`)
    .export(`{ ${name.pascal} }`, `./${name.kebab}`)
    .export(`{ ${name.pascal}Module }`, `./${name.kebab}.module`)
    .export(`{ ${name.camel}Queue }`, `./${name.kebab}.queue`);
  addToWorker(tree, name, owner, schedule);
  addTriggers(tree, name.kebab);
  await formatFiles(tree);
}

function addToWorker(tree: Tree, name: Name, feature: Name, schedule: string | undefined): void {
  const library = `${scopeOf(tree)}/${feature.kebab}`;
  const module = new TypeScriptFile(tree, MODULE)
    .import(`${feature.camel}Schema`, library)
    .import(`${name.pascal}Module`, library)
    .import(`${name.camel}Queue`, library)
    .import(`${name.pascal}Processor`, `apps/worker/src/${name.kebab}.processor.ts`)
    .addToList('queues', `${name.camel}Queue`)
    .addToList('processors', `${name.pascal}Processor`)
    .addToList('imports', `${name.pascal}Module`, 'ConsumersModule.forRoot');
  if (!module.listHas('schema', `${feature.camel}Schema`))
    module.addToList('schema', `${feature.camel}Schema`);
  if (schedule === undefined) return;
  const entry = `{ id: '${name.kebab}', queue: ${name.camel}Queue, pattern: '${schedule}' }`;
  module.addToList('schedules', entry);
}
