import { formatFiles, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { spelling } from '../support/columns';
import { readFeature, type FeatureCode } from '../support/feature-code';
import { TypeScriptFile } from '../support/typescript-file';
import { scopeOf } from '../support/workspace';

const MODULE = 'apps/api/src/app.module.ts';
const AUTHORISATION = 'apps/e2e/src/authorisation.spec.ts';

export default async function endpoint(tree: Tree, options: { feature: string }): Promise<void> {
  const code = readFeature(tree, options.feature);
  const { kebab, camel } = code.name;
  const folder = `apps/api/src/${kebab}`;
  if (tree.exists(folder)) throw new Fault(`There is ${folder} already: add the route to its controller`);
  const substitutions = { ...code, spelling, scope: scopeOf(tree), file: kebab };
  addFiles(tree, join(__dirname, 'files/api'), folder, substitutions);
  addFiles(tree, join(__dirname, 'files/e2e'), 'apps/e2e/src', substitutions);
  addToModule(tree, code);
  if (tree.exists(AUTHORISATION)) {
    addFiles(tree, join(__dirname, 'files/authorisation'), 'apps/e2e/src/authorisation', substitutions);
    new TypeScriptFile(tree, AUTHORISATION)
      .import(`${camel}Attempts`, `apps/e2e/src/authorisation/${kebab}.ts`)
      .addToList('features', `${camel}Attempts`);
  }
  await formatFiles(tree);
}

function addToModule(tree: Tree, { name }: FeatureCode): void {
  const library = `${scopeOf(tree)}/${name.kebab}`;
  new TypeScriptFile(tree, MODULE)
    .import(`${name.pascal}Module`, library)
    .import(`${name.camel}Schema`, library)
    .import(`${name.pascal}Controller`, `apps/api/src/${name.kebab}/${name.kebab}.controller.ts`)
    .addToList('schema', `${name.camel}Schema`)
    .addToList('imports', `${name.pascal}Module`)
    .addToList('controllers', `${name.pascal}Controller`);
}
