import { formatFiles, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { spelling } from '../support/columns';
import { readFeature, type FeatureCode } from '../support/feature-code';
import { TypeScriptFile } from '../support/typescript-file';
import { hasAccounts, moduleFile, moduleOf, scopeOf } from '../support/workspace';

const AUTHORISATION = 'apps/e2e/src/authorisation.spec.ts';

export interface EndpointOptions {
  feature: string;
  app?: string;
}

export default async function endpoint(tree: Tree, { feature, app = 'api' }: EndpointOptions): Promise<void> {
  const code = readFeature(tree, feature);
  checkApp(tree, app, code);
  const { kebab } = code.name;
  const folder = `apps/${app}/src/${kebab}`;
  if (tree.exists(folder)) throw new Fault(`There is ${folder} already: add the route to its controller`);
  const substitutions = { ...code, spelling, scope: scopeOf(tree), app, file: kebab };
  addFiles(tree, join(__dirname, 'files/app'), folder, substitutions);
  const spec = app === 'api' ? kebab : `${kebab}-in-${app}`;
  addFiles(tree, join(__dirname, 'files/e2e'), 'apps/e2e/src', { ...substitutions, file: spec });
  addToModule(tree, app, code);
  if (app === 'api' && tree.exists(AUTHORISATION)) addToAuthorisation(tree, code, substitutions);
  await formatFiles(tree);
}

/** @throws Fault when the app cannot serve the feature */
function checkApp(tree: Tree, app: string, { name, owned }: FeatureCode): void {
  const serving = tree
    .children('apps')
    .filter((each) => moduleOf(tree, each).includes('HttpModule'))
    .sort();
  if (!serving.includes(app))
    throw new Fault(`There is no HTTP service ${app}: there are ${serving.join(', ') || 'none'}`);
  if (!moduleOf(tree, app).includes('DatabaseModule'))
    throw new Fault(
      `apps/${app} has no database, which ${name.words} need: say with --app which service has`,
    );
  if (owned && !hasAccounts(tree, app))
    throw new Fault(
      `apps/${app} has no accounts, to which ${name.words} belong: make the feature with --no-owned, or serve it elsewhere`,
    );
}

function addToModule(tree: Tree, app: string, { name }: FeatureCode): void {
  const library = `${scopeOf(tree)}/${name.kebab}`;
  new TypeScriptFile(tree, moduleFile(app))
    .import(`${name.pascal}Module`, library)
    .import(`${name.camel}Schema`, library)
    .import(`${name.pascal}Controller`, `apps/${app}/src/${name.kebab}/${name.kebab}.controller.ts`)
    .addToList('schema', `${name.camel}Schema`)
    .addToList('imports', `${name.pascal}Module`)
    .addToList('controllers', `${name.pascal}Controller`);
}

function addToAuthorisation(tree: Tree, { name }: FeatureCode, substitutions: object): void {
  addFiles(tree, join(__dirname, 'files/authorisation'), 'apps/e2e/src/authorisation', substitutions);
  new TypeScriptFile(tree, AUTHORISATION)
    .import(`${name.camel}Attempts`, `apps/e2e/src/authorisation/${name.kebab}.ts`)
    .addToList('features', `${name.camel}Attempts`);
}
