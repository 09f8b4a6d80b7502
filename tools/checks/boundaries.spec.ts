import { join } from 'node:path';
import { createProjectGraphAsync, type ProjectGraph } from '@nx/devkit';
import { ESLint, type Linter } from 'eslint';
import { parser } from 'typescript-eslint';

const RULE = '@nx/enforce-module-boundaries';
const workspace = join(import.meta.dirname, '../..');
const known = ['app', 'feature', 'platform', 'core', 'e2e', 'tool'];

interface Constraint {
  sourceTag: string;
  onlyDependOnLibsWithTags: string[];
}

const FEATURE = 'queue';

/** Where the rule keeps the project graph once it has read it. */
const lintGlobals = globalThis as { projectGraph?: ProjectGraph };

let graph: ProjectGraph;
let constraints: Constraint[];

beforeAll(async () => {
  process.env['NX_DAEMON'] = 'false';
  graph = await createProjectGraphAsync({ exitOnError: false });
  const config = (await new ESLint({ cwd: workspace }).calculateConfigForFile('libs/db/src/index.ts')) as {
    rules: Record<string, [number, { depConstraints: Constraint[] }]>;
  };
  const rule = config.rules[RULE];
  expect(rule?.[0]).toBe(2);
  constraints = rule?.[1].depConstraints ?? [];
  await lint(probe('libs/db'), '');
  lintGlobals.projectGraph = withFeature(withoutDependencies(graph), FEATURE);
}, 60_000);

/** As if this project were a feature, since there may be none, or only one. */
function withFeature(full: ProjectGraph, name: string): ProjectGraph {
  const node = full.nodes[name];
  if (!node) throw new Error(`There is no project ${name}`);
  return {
    ...full,
    nodes: { ...full.nodes, [name]: { ...node, data: { ...node.data, tags: ['feature'] } } },
  };
}

/** So that the rule has nothing to say about circles, which many a forbidden import would close, and speaks of tags. */
function withoutDependencies(full: ProjectGraph): ProjectGraph {
  const names = Object.keys(full.dependencies);
  return { ...full, dependencies: Object.fromEntries(names.map((name) => [name, []])) };
}

/** What the project's own boundary rule says of a file that only exists in this test. */
async function lint(file: string, code: string): Promise<string[]> {
  const { plugins, rules } = (await new ESLint({ cwd: workspace }).calculateConfigForFile(
    file,
  )) as Linter.Config;
  const eslint = new ESLint({
    cwd: workspace,
    overrideConfigFile: true,
    overrideConfig: {
      files: ['**/*.ts'],
      languageOptions: { parser },
      plugins: plugins ?? {},
      rules: { [RULE]: rules?.[RULE] ?? 'off' },
    },
  });
  const [result] = await eslint.lintText(code, { filePath: join(workspace, file) });
  return result?.messages.map(({ message }) => message) ?? [];
}

const probe = (project: string) => `${project}/src/probe-of-boundaries.ts`;

it.each([
  ['a feature, what the platform offers', 'libs/queue', '@kubernest/db'],
  ['the platform, the core', 'libs/db', '@kubernest/config'],
  ['an app, a feature', 'apps/api', '@kubernest/queue'],
  ['the end-to-end tests, the test servers', 'apps/e2e', '@kubernest/testing'],
])('lets %s be imported', async (_, project, target) => {
  await expect(lint(probe(project), `import '${target}';`)).resolves.toEqual([]);
});

it.each([
  ['the platform, a feature', 'libs/db', '@kubernest/queue', /tagged with "platform"/],
  ['the core, the platform', 'libs/config', '@kubernest/db', /tagged with "core"/],
  ['the end-to-end tests, a feature', 'apps/e2e', '@kubernest/queue', /tagged with "e2e"/],
  ['a lib, an app', 'libs/queue', '../../../apps/api/src/app.module', /relative|Imports of apps/i],
  ['the end-to-end tests, an app', 'apps/e2e', '../../api/src/app.module', /relative|Imports of apps/i],
])('refuses that %s import', async (_, project, target, reason) => {
  const messages = await lint(probe(project), `import '${target}';`);
  expect(messages).toEqual([expect.stringMatching(reason)]);
});

it('refuses that a feature, another feature import', async () => {
  const given = lintGlobals.projectGraph;
  lintGlobals.projectGraph = withFeature(given ?? graph, 'db');
  const messages = await lint(probe('libs/queue'), "import '@kubernest/db';");
  if (given) lintGlobals.projectGraph = given;
  expect(messages).toEqual([expect.stringMatching(/tagged with "feature"/)]);
});

it('gives every project exactly one known tag', () => {
  // Nx adds npm:private to a project with a package.json.
  const own = (given: string[] = []) => given.filter((tag) => !tag.startsWith('npm:'));
  const tags = Object.values(graph.nodes).map(({ name, data }) => ({ name, tags: own(data.tags) }));
  expect(tags.length).toBeGreaterThan(0);
  const wrong = tags.filter((project) => project.tags.length !== 1 || !known.includes(project.tags[0] ?? ''));
  expect(wrong).toEqual([]);
});

it('has one constraint for each tag, and none for everybody', () => {
  expect(constraints.map(({ sourceTag }) => sourceTag).sort()).toEqual([...known].sort());
  const allowed = constraints.flatMap(({ onlyDependOnLibsWithTags }) => onlyDependOnLibsWithTags);
  expect(allowed.filter((tag) => !known.includes(tag))).toEqual([]);
});
