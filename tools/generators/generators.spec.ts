import type { Tree } from '@nx/devkit';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import endpoint from './endpoint/endpoint';
import feature from './feature/feature';
import job from './job/job';
import migration from './migration/migration';
import service from './service/service';
import { createTree } from './support/tree.fixture';
import { hasAccounts, scopeOf, SESSION_GUARD } from './support/workspace';
import variable from './variable/variable';

interface Schema {
  title: string;
  description: string;
  examples: { command: string; description: string }[];
  properties: Record<string, { description: string }>;
  required: string[];
}

const { generators } = JSON.parse(readFileSync(join(__dirname, 'generators.json'), 'utf8')) as {
  generators: Record<string, { description: string; schema: string }>;
};
const schemaOf = (path: string) => JSON.parse(readFileSync(join(__dirname, path), 'utf8')) as Schema;

describe.each(Object.entries(generators))('--help of %s', (name, { schema: path }) => {
  const schema = schemaOf(path);

  it('describes it and each of its options', () => {
    const texts = [
      schema.title,
      schema.description,
      ...Object.values(schema.properties).map((o) => o.description),
    ];
    expect(texts.filter((text) => text.length < 10)).toEqual([]);
  });

  it('has examples, which name options that there are and every one that is needed', () => {
    expect(schema.examples.length).toBeGreaterThan(0);
    for (const { command } of schema.examples) {
      expect(command).toMatch(new RegExp(`^nx g ${name}( |$)`));
      const named = Array.from(command.matchAll(/ --(?:no-)?([a-z-]+)/g), ([, option = '']) => option);
      expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(named));
      const [positional = '', ...needed] = schema.required;
      expect(named).not.toContain(positional);
      expect(named).toEqual(expect.arrayContaining(needed));
    }
  });

  it('is of a generator that is there', () => {
    expect(existsSync(join(__dirname, name, `${name}.ts`))).toBe(true);
  });
});

interface ScaledObject {
  spec: { triggers: { metadata: { listName: string } }[] };
}

let tree: Tree;
let before: number;
beforeEach(() => {
  tree = createTree({});
  before = 0;
});

/** What has been written since then. */
const changes = () => tree.listChanges().slice(before);
const refused = async (generated: Promise<unknown>, message: RegExp) => {
  await expect(generated).rejects.toThrow(message);
  await expect(generated).rejects.toHaveProperty('name', 'Fault');
};

describe('a feature', () => {
  it('whose name is plural has an entity in the singular', async () => {
    for (const [name, entity] of Object.entries({
      'odd-boxes': 'odd-box',
      'odd-entries': 'odd-entry',
      'odd-status': 'odd-status',
    })) {
      await feature(tree, { name, columns: 'a:text' });
      expect(tree.exists(`libs/${name}/src/${entity}.entity.ts`)).toBe(true);
    }
  });

  it('belongs to an account only where there are accounts', async () => {
    expect(hasAccounts(tree)).toBe(tree.exists(SESSION_GUARD));
    await feature(tree, { name: 'zeppelins', owned: false });
    expect(tree.read('libs/zeppelins/src/zeppelin.entity.ts', 'utf8')).not.toContain('account');
    tree.delete(SESSION_GUARD);
    await feature(tree, { name: 'odd-reports' });
    expect(tree.read('libs/odd-reports/src/odd-report.entity.ts', 'utf8')).not.toContain('account');
    await refused(feature(tree, { name: 'odd-bills', owned: true }), /^There are no accounts: /);
  });

  it.each([
    ['a name that is none', { name: 'Zeppelins' }, /^"Zeppelins" is not a name: /],
    ['a name that a lib has', { name: 'db' }, /^There is libs\/db already: /],
    ['a name that an app has', { name: 'migrate' }, /^There is apps\/migrate already: /],
    ['a name that a project has', { name: 'tools' }, /^tools is another project: /],
    ['an entity of a name in use', { name: 'modules' }, /^"module" would be a class Module, /],
    ['a column that is none', { name: 'zeppelins', columns: 'a' }, /^"a" is not a column: /],
  ])('with %s is refused in one line', async (_, options, message) => {
    await refused(feature(tree, options), message);
    expect(changes()).toEqual([]);
  });

  it('with the table of another is refused', async () => {
    await feature(tree, { name: 'zeppelins' });
    await refused(
      feature(tree, { name: 'odd-bills', entity: 'zeppelin' }),
      /^Table zeppelin is that of libs\/zeppelins/,
    );
    await refused(feature(tree, { name: 'zeppelins' }), /^There is libs\/zeppelins already: /);
  });
});

describe('an endpoint', () => {
  const routes = () => tree.read('apps/api/src/zeppelins/zeppelins.controller.ts', 'utf8') ?? '';

  it('of what belongs to nobody is open, and needs no accounts', async () => {
    await feature(tree, { name: 'zeppelins', owned: false });
    await endpoint(tree, { feature: 'zeppelins' });
    expect(routes()).not.toMatch(/session|401/i);
  });

  it('takes its answer from the entity as it is by now', async () => {
    await feature(tree, { name: 'zeppelins', owned: false });
    const entity = 'libs/zeppelins/src/zeppelin.entity.ts';
    const text = tree.read(entity, 'utf8') ?? '';
    tree.write(
      entity,
      text.replace("@Column({ name: 'created_at'", "@Column({ type: 'boolean' }) paid!: boolean; $&"),
    );
    await endpoint(tree, { feature: 'zeppelins' });
    expect(tree.read('apps/api/src/zeppelins/answers.ts', 'utf8')).toContain('paid: z.boolean(),');
  });

  it('is refused twice, and without a feature of that form', async () => {
    await feature(tree, { name: 'zeppelins', owned: false });
    await endpoint(tree, { feature: 'zeppelins' });
    before = tree.listChanges().length;
    await refused(endpoint(tree, { feature: 'zeppelins' }), /^There is apps\/api\/src\/zeppelins already: /);
    await refused(
      endpoint(tree, { feature: 'nothing' }),
      /^There is no feature nothing: there are .*zeppelins/,
    );
    expect(changes()).toEqual([]);
    tree.delete('libs/zeppelins/src/inputs.ts');
    await refused(
      endpoint(tree, { feature: 'zeppelins' }),
      /^libs\/zeppelins has no entity with a schema new/,
    );
  });
});

describe('an endpoint in another service than the API', () => {
  const serve = (feature: string, app: string) => endpoint(tree, { feature, app });
  beforeEach(async () => {
    await service(tree, { name: 'odd-yard', kind: 'http' });
    await service(tree, { name: 'odd-edge', kind: 'http', database: false });
    await feature(tree, { name: 'zeppelins', owned: false });
    before = tree.listChanges().length;
  });

  it('is in its module and its tests, and in no others', async () => {
    await endpoint(tree, { feature: 'zeppelins' });
    await serve('zeppelins', 'odd-yard');
    const module = tree.read('apps/odd-yard/src/app.module.ts', 'utf8') ?? '';
    expect(module).toContain('const schema: DatabaseSchema[] = [zeppelinsSchema];');
    expect(module).toContain('const controllers: Type[] = [ZeppelinsController];');
    const specs = ['zeppelins', 'zeppelins-in-odd-yard'].map(
      (name) => tree.read(`apps/e2e/src/${name}.spec.ts`, 'utf8') ?? '',
    );
    expect(specs.map((text) => /RunningApp\.start\('([^']+)'/.exec(text)?.[1])).toEqual(['api', 'odd-yard']);
  });

  it.each([
    ['nothing', 'apps', /^There is no HTTP service nothing: there are .*api.*odd-edge, odd-yard$/],
    ['worker', 'takes jobs', /^There is no HTTP service worker: there are /],
    ['odd-edge', 'keeps nothing', /^apps\/odd-edge has no database, which zeppelins need: /],
  ])('is refused in one line where %s %s', async (app, _, message) => {
    await refused(serve('zeppelins', app), message);
    expect(changes()).toEqual([]);
  });

  it('is refused for what belongs to accounts, where there are none', async () => {
    await feature(tree, { name: 'odd-bills', owned: false });
    const entity = 'libs/odd-bills/src/odd-bill.entity.ts';
    const column = "@Column({ name: 'account_id', type: 'uuid' }) accountId!: string; $&";
    tree.write(entity, (tree.read(entity, 'utf8') ?? '').replace("@Column({ name: 'created_at'", column));
    before = tree.listChanges().length;
    await refused(
      serve('odd-bills', 'odd-yard'),
      /^apps\/odd-yard has no accounts, .*: .* with --no-owned, /,
    );
    expect(changes()).toEqual([]);
  });
});

describe('a job', () => {
  beforeEach(() => feature(tree, { name: 'zeppelins' }));

  it('without a schedule has none', async () => {
    await job(tree, { name: 'moor-zeppelins', feature: 'zeppelins' });
    const module = tree.read('apps/worker/src/app.module.ts', 'utf8');
    expect(module).toContain('moorZeppelinsQueue');
    expect(module).not.toContain("id: 'moor-zeppelins'");
  });

  it('is refused twice, without a feature, with a name in use, and with a schedule that is none', async () => {
    const given = { name: 'moor-zeppelins', feature: 'zeppelins' };
    await refused(job(tree, { ...given, feature: 'nothing' }), /^There is no feature nothing: /);
    await refused(job(tree, { ...given, schedule: 'daily' }), /^--schedule: "daily" must have five fields/);
    await refused(
      job(tree, { ...given, schedule: '0 3 * *' }),
      /^--schedule: "0 3 \* \*" must have five fields/,
    );
    await refused(job(tree, { ...given, schedule: '0 24 * * *' }), /^--schedule: 24 is no hour \(0 to 23\)$/);
    await refused(job(tree, { ...given, name: 'zeppelin' }), /^"zeppelin" is the name of an entity: /);
    await job(tree, given);
    await refused(job(tree, given), /^There is libs\/zeppelins\/src\/moor-zeppelins.* already: /);
  });

  it('lets KEDA scale the worker where it had no queue to count', async () => {
    const folder = 'deploy/components/keda';
    const before = tree.read(`${folder}/kustomization.yaml`, 'utf8') ?? '';
    const alone = before.replace(/^ {2}- worker.yaml\n/m, '').replace(/^patches:\n(?:.*\n)+/m, '');
    tree.write(`${folder}/kustomization.yaml`, alone);
    tree.delete(`${folder}/worker.yaml`);
    await job(tree, { name: 'moor-zeppelins', feature: 'zeppelins' });
    expect(parse(tree.read(`${folder}/kustomization.yaml`, 'utf8') ?? '')).toMatchObject({
      resources: ['api-server.yaml', 'worker.yaml'],
      patches: [{ target: { name: 'worker' }, patch: expect.stringContaining('/spec/replicas') as string }],
    });
    const { spec } = parse(tree.read(`${folder}/worker.yaml`, 'utf8') ?? '') as ScaledObject;
    expect(spec.triggers.map(({ metadata }) => metadata.listName)).toEqual([
      expect.stringMatching(/:moor-zeppelins:wait$/),
      expect.stringMatching(/:moor-zeppelins:active$/),
    ]);
  });

  it('with a CronJob has a command instead of a queue', async () => {
    await job(tree, { name: 'moor-zeppelins', feature: 'zeppelins', cron: '0 4 * * *' });
    const paths = tree.listChanges().map(({ path }) => path);
    expect(paths).toContain('apps/worker/src/moor-zeppelins.command.ts');
    expect(paths).not.toContain('apps/worker/src/app.module.ts');
    expect(tree.read('libs/zeppelins/src/index.ts', 'utf8')).not.toContain('Queue');
    expect(tree.read('deploy/base/worker/moor-zeppelins.yaml', 'utf8')).toContain("schedule: '0 4 * * *'");
  });

  it.each([
    ['a schedule that is none', { cron: 'daily' }, /^--cron: "daily" must have five fields/],
    ['a queue besides', { schedule: '0 3 * * *' }, /^--schedule is for a queue, --cron for a CronJob /],
    ['the name of an app', { name: 'api' }, /^There is apps\/api already: /],
    [
      'the name of a policy',
      { name: 'dns' },
      /^deploy\/components\/network-policies\/default-deny.yaml has something called dns already: /,
    ],
  ])('with a CronJob and %s is refused', async (_, change, message) => {
    const given = { name: 'moor-zeppelins', feature: 'zeppelins', cron: '0 4 * * *' };
    await refused(job(tree, { ...given, ...change }), message);
  });
});

describe('a variable', () => {
  const given = { name: 'ZEPPELIN_LIMIT', lib: 'db', about: 'Zeppelins of an account.', default: 10 };
  const more = { ...given, type: 'integer' as const, set: 'databaseVariables' };

  it('is declared with its type and default', async () => {
    await variable(tree, more);
    expect(tree.read('libs/db/src/variables.ts', 'utf8')).toMatch(
      /ZEPPELIN_LIMIT: \{\s+about: 'Zeppelins of an account.',\s+schema: integer\(\{ min: 0, max: 1_000_000 \}\),\s+default: '10',/,
    );
  });

  it.each([
    ['a name that is none', { name: 'limit' }, /^"limit" is not a variable: /],
    [
      'a name that is taken',
      { name: 'DATABASE_POOL_MAX' },
      /variables.ts declares DATABASE_POOL_MAX already/,
    ],
    ['a lib that is not there', { lib: 'nothing' }, /^There is no lib nothing: /],
    ['an about that is no sentence', { about: 'limit' }, /^"limit" is not a sentence: /],
    ['a default of another type', { default: 'ten' }, /^"ten" is not of type integer$/],
    ['a value of another type', { value: -1 }, /^"-1" is not of type integer$/],
    ['a time span without its unit', { type: 'seconds' as const }, /^ZEPPELIN_LIMIT must end in _SECONDS/],
    ['an app that is not there', { apps: 'nothing' }, /^There is no app nothing: there are /],
    ['a set that is not there', { set: 'none' }, /^There is no set none in .*: there are databaseVariables/],
    ['a secret with a default', { secret: true }, /^ZEPPELIN_LIMIT is a secret: /],
    ['a default that is none', { required: true }, /^--required is for secrets: /],
  ])('with %s is refused in one line', async (_, change, message) => {
    await refused(variable(tree, { ...more, ...change }), message);
    expect(changes()).toEqual([]);
  });

  it('that is a required secret is a key wherever the Secret comes from, and of every process that takes it', async () => {
    const { default: _, ...rest } = given;
    const secret = { secret: true, required: true, set: 'databaseVariables' };
    await variable(tree, { ...rest, ...secret, name: 'ZEPPELIN_SEAL' });
    const withKey = tree
      .listChanges()
      .filter(({ content }) => content?.includes('zeppelin-seal'))
      .map(({ path }) => path);
    const workloads = ['base/api/deployment.yaml', 'base/worker/deployment.yaml'];
    const sources = [
      'components/external-secrets',
      'components/sealed-secrets',
      'components/vault',
      'overlays/dev',
    ];
    for (const place of [...workloads, ...sources])
      expect(withKey).toContainEqual(expect.stringContaining(`deploy/${place}`));
    expect(tree.read('deploy/base/api/deployment.yaml', 'utf8')).not.toMatch(/zeppelin-seal\n *optional/);
    expect(tree.read('compose.yaml', 'utf8')).toContain('ZEPPELIN_SEAL: change-me-');
  });

  it('needs a default, or every process would have to be told before it starts', async () => {
    const { default: _, ...rest } = more;
    await refused(variable(tree, rest), /^Without --default no app would start /);
  });
});

it('the scope is read from the workspace', () => {
  tree.write(
    'tsconfig.base.json',
    '{ "compilerOptions": { "paths": { "@acme/tools": [], "@acme/db": [] } } }',
  );
  expect(scopeOf(tree)).toBe('@acme');
});

describe('the table in docs/generators.md', () => {
  const lengthOf = (text: string) => text.trimEnd().split('\n').length;
  const seen = new Map<string, string>();

  /** What has been written since the last time: new files, lines in them, changed files. */
  function figures(): [created: number, lines: number, changed: number] {
    const files = tree.listChanges().map(({ path }) => ({ path, text: tree.read(path, 'utf8') ?? '' }));
    const fresh = files.filter(({ path, text }) => seen.get(path) !== text);
    const created = fresh.filter(({ path }) => !seen.has(path) && !existsSync(join(tree.root, path)));
    for (const { path, text } of files) seen.set(path, text);
    const lines = created.reduce((sum, { text }) => sum + lengthOf(text), 0);
    return [created.length, lines, fresh.length - created.length];
  }

  it('says how many files and lines each of them takes', async () => {
    const given = { feature: 'zeppelins', lib: 'zeppelins', about: 'Zeppelins of one account.' };
    const commands: Record<string, () => Promise<unknown>> = {
      feature: () => feature(tree, { name: 'zeppelins', columns: 'number:text,due-on:date,total:integer' }),
      endpoint: () => endpoint(tree, given),
      job: () => job(tree, { ...given, name: 'moor-zeppelins', schedule: '0 3 * * *' }),
      'job --cron': () => job(tree, { ...given, name: 'count-zeppelins', cron: '0 4 * * *' }),
      variable: () => variable(tree, { ...given, name: 'ZEPPELIN_LIMIT', type: 'integer', default: 10 }),
      migration: () =>
        migration(tree, { ...given, name: 'index-zeppelins', up: 'SELECT 1', down: 'SELECT 1' }),
      service: () => service(tree, { name: 'zeppelin-yard', kind: 'http' }),
    };
    const page = readFileSync(join(tree.root, 'docs/generators.md'), 'utf8');
    const rows = Array.from(page.matchAll(/^\| `([\w -]+)` \| (\d+) \| (\d+) \| (\d+) \|$/gm));
    expect(rows.map(([, name]) => name)).toEqual(Object.keys(commands));
    for (const [, name = '', ...told] of rows) {
      // The first queue of all brings KEDA's ScaledObject, which others only enter.
      if (name === 'job' && !tree.exists('deploy/components/keda/worker.yaml')) {
        await job(tree, { ...given, name: 'first-zeppelins' });
        figures();
      }
      await commands[name]?.();
      const [created, lines, changed] = figures();
      // Where there are no accounts, nobody can attempt what is somebody else's.
      const fewer = name === 'endpoint' && !hasAccounts(tree) ? 1 : 0;
      expect([name, created + fewer, changed + fewer]).toEqual([name, Number(told[0]), Number(told[2])]);
      // The formatter breaks lines where names are longer.
      expect(lines / Number(told[1])).toBeGreaterThan(hasAccounts(tree) ? 0.85 : 0.7);
      expect(lines / Number(told[1])).toBeLessThan(1.15);
    }
  });
});
