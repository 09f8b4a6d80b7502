import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';
import { parseName } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { scopeOf } from '../support/workspace';

const DOCUMENTS = 'tools/generate/processes.ts';
const SET = /^export const (\w+) = defineVariables\(/gm;

/**
 * The apps that take a variable of the lib.
 *
 * @throws Fault when there is none, or one that is not there
 */
export function appsOf(tree: Tree, lib: string, given: string | undefined): string[] {
  const all = tree.children('apps').filter((app) => tree.exists(`apps/${app}/src/variables.ts`));
  const library = `${scopeOf(tree)}/${lib}'`;
  const uses = (app: string) =>
    tree.read(`apps/${app}/src/app.module.ts`, 'utf8')?.includes(library) ||
    tree.read(`apps/${app}/src/variables.ts`, 'utf8')?.includes(library);
  const apps = given?.split(',').map((app) => app.trim()) ?? all.filter(uses);
  const unknown = apps.find((app) => !all.includes(app));
  if (unknown !== undefined) throw new Fault(`There is no app ${unknown}: there are ${all.join(', ')}`);
  if (apps.length === 0)
    throw new Fault(`No app uses libs/${lib}: give it an endpoint or a job first, or say which with --apps`);
  return apps;
}

/**
 * The set of variables in the lib that the new one goes into; made, and taken by the apps, where there is none.
 *
 * @throws Fault when there are several and none is named
 */
export function setOf(tree: Tree, { lib, set }: { lib: string; set?: string }, apps: string[]): string {
  const path = `libs/${lib}/src/variables.ts`;
  const sets = Array.from((tree.read(path, 'utf8') ?? '').matchAll(SET), ([, name = '']) => name);
  if (set !== undefined && !sets.includes(set))
    throw new Fault(`There is no set ${set} in ${path}: there are ${sets.join(', ') || 'none'}`);
  if (set === undefined && sets.length > 1)
    throw new Fault(`${path} has several sets: say which with --set: ${sets.join(', ')}`);
  return set ?? sets[0] ?? makeSet(tree, lib, apps);
}

function makeSet(tree: Tree, lib: string, apps: string[]): string {
  const { camel, words } = parseName(lib);
  const set = `${camel}Variables`;
  const library = `${scopeOf(tree)}/${lib}`;
  const title = words.charAt(0).toUpperCase() + words.slice(1);
  tree.write(
    `libs/${lib}/src/variables.ts`,
    `import { defineVariables } from '${scopeOf(tree)}/config';\n\nexport const ${set} = defineVariables({});\n`,
  );
  new TypeScriptFile(tree, `libs/${lib}/src/index.ts`).export(`{ ${set} }`, './variables');
  for (const app of apps)
    new TypeScriptFile(tree, `apps/${app}/src/variables.ts`)
      .import(set, library)
      .addArgument(`${parseName(app).camel}Variables`, set);
  new TypeScriptFile(tree, DOCUMENTS).import(set, library).addToList('groups', `group('${title}', ${set})`);
  return set;
}
