import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';
import { parseName } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { moduleFile, scopeOf } from '../support/workspace';

const DOCUMENTS = 'tools/generate/processes.ts';
const SET = /^export const (\w+) = defineVariables\(/gm;
const CONTAINER = ['template', 'spec', 'containers', 0, 'env'];
/** The app that has commands. */
const WORKER = 'worker';
const OF_EVERY_COMMAND = /commandVariables = composeVariables\(([^;]*)/;

/**
 * The set in the lib that a new variable goes into, or undefined where the lib has none yet.
 *
 * @throws Fault when there are several and none is named, or when the named one is not there
 */
export function findSet(tree: Tree, { lib, set }: { lib: string; set?: string }): string | undefined {
  const path = `libs/${lib}/src/variables.ts`;
  const sets = Array.from((tree.read(path, 'utf8') ?? '').matchAll(SET), ([, name = '']) => name);
  if (set !== undefined && !sets.includes(set))
    throw new Fault(`There is no set ${set} in ${path}: there are ${sets.join(', ') || 'none'}`);
  if (set === undefined && sets.length > 1)
    throw new Fault(`${path} has several sets: say which with --set: ${sets.join(', ')}`);
  return set ?? sets[0];
}

/**
 * The apps that take the set or, where there is none yet, use the lib.
 *
 * @throws Fault when there is none, or one that is not there
 */
export function appsOf(
  tree: Tree,
  { lib, apps }: { lib: string; apps?: string },
  set: string | undefined,
): string[] {
  const all = tree.children('apps').filter((app) => tree.exists(variablesOf(app)));
  const given = apps?.split(',').map((app) => app.trim());
  const unknown = given?.find((app) => !all.includes(app));
  if (unknown !== undefined) throw new Fault(`There is no app ${unknown}: there are ${all.join(', ')}`);
  const what = set ?? `${scopeOf(tree)}/${lib}'`;
  const has = (path: string) => tree.read(path, 'utf8')?.includes(what) ?? false;
  const found = given ?? all.filter((app) => has(variablesOf(app)) || (!set && has(moduleFile(app))));
  if (found.length === 0)
    throw new Fault(`No app uses libs/${lib}: give it an endpoint or a job first, or say which with --apps`);
  return found;
}

const variablesOf = (app: string) => `apps/${app}/src/variables.ts`;

/** A set in a lib that has none, taken by those apps. */
export function makeSet(tree: Tree, lib: string, apps: readonly string[]): string {
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
    new TypeScriptFile(tree, variablesOf(app))
      .import(set, library)
      .addArgument(`${parseName(app).camel}Variables`, set);
  new TypeScriptFile(tree, DOCUMENTS).import(set, library).addToList('groups', `group('${title}', ${set})`);
  return set;
}

/** Where a container has its variables. */
export interface Environment {
  file: string;
  list: (string | number)[];
}

/** Of the containers that take the set: those of the apps, and of the worker's commands. */
export function environmentsOf(tree: Tree, apps: readonly string[], set: string): Environment[] {
  const common = OF_EVERY_COMMAND.exec(tree.read(variablesOf(WORKER), 'utf8') ?? '')?.[1]?.includes(set);
  const commands = tree
    .children(`apps/${WORKER}/src`)
    .flatMap((file) => /^(.*)\.command\.ts$/.exec(file)?.[1] ?? [])
    .filter((name) => common || tree.read(`apps/${WORKER}/src/${name}.command.ts`, 'utf8')?.includes(set));
  return [
    ...apps.map((app) => ({ file: workloadOf(tree, app), list: ['spec', ...CONTAINER] })),
    ...commands.map((name) => ({
      file: `deploy/base/${WORKER}/${name}.yaml`,
      list: ['spec', 'jobTemplate', 'spec', ...CONTAINER],
    })),
  ];
}

function workloadOf(tree: Tree, app: string): string {
  const folder = `deploy/base/${app}`;
  return `${folder}/${tree.exists(`${folder}/job.yaml`) ? 'job' : 'deployment'}.yaml`;
}
