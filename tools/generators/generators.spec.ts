import type { Tree } from '@nx/devkit';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { staleFiles } from '../generate/generated-files';
import endpoint from './endpoint/endpoint';
import feature from './feature/feature';
import { generatorsPage } from './figures';
import job from './job/job';
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
    expect(texts.filter((text) => !/^[A-Z"].*[\w)."]$/.test(text))).toEqual([]);
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
      boxes: 'box',
      entries: 'entry',
      news: 'new',
      status: 'status',
    })) {
      await feature(tree, { name, columns: 'a:text' });
      expect(tree.exists(`libs/${name}/src/${entity}.entity.ts`)).toBe(true);
    }
  });

  it('belongs to an account only where there are accounts', async () => {
    expect(hasAccounts(tree)).toBe(tree.exists(SESSION_GUARD));
    await feature(tree, { name: 'invoices', owned: false });
    expect(tree.read('libs/invoices/src/invoice.entity.ts', 'utf8')).not.toContain('account');
    tree.delete(SESSION_GUARD);
    await feature(tree, { name: 'reports' });
    expect(tree.read('libs/reports/src/report.entity.ts', 'utf8')).not.toContain('account');
    await refused(feature(tree, { name: 'bills', owned: true }), /^There are no accounts: /);
  });

  it.each([
    ['a name that is none', { name: 'Invoices' }, /^"Invoices" is not a name: /],
    ['a name that a lib has', { name: 'db' }, /^There is libs\/db already: /],
    ['a name that an app has', { name: 'migrate' }, /^There is apps\/migrate already: /],
    ['a name that a project has', { name: 'tools' }, /^tools is another project: /],
    ['an entity of a name in use', { name: 'modules' }, /^"module" would be a class Module, /],
    ['a column that is none', { name: 'invoices', columns: 'a' }, /^"a" is not a column: /],
  ])('with %s is refused in one line', async (_, options, message) => {
    await refused(feature(tree, options), message);
    expect(changes()).toEqual([]);
  });

  it('with the table of another is refused', async () => {
    await feature(tree, { name: 'invoices' });
    await refused(
      feature(tree, { name: 'bills', entity: 'invoice' }),
      /^Table invoice is that of libs\/invoices/,
    );
    await refused(feature(tree, { name: 'invoices' }), /^There is libs\/invoices already: /);
  });
});

describe('an endpoint', () => {
  const routes = () => tree.read('apps/api/src/invoices/invoices.controller.ts', 'utf8') ?? '';

  it('of what belongs to nobody is open, and needs no accounts', async () => {
    await feature(tree, { name: 'invoices', owned: false });
    await endpoint(tree, { feature: 'invoices' });
    expect(routes()).not.toMatch(/session|401/i);
  });

  it('takes its answer from the entity as it is by now', async () => {
    await feature(tree, { name: 'invoices', owned: false });
    const entity = 'libs/invoices/src/invoice.entity.ts';
    const text = tree.read(entity, 'utf8') ?? '';
    tree.write(
      entity,
      text.replace("@Column({ name: 'created_at'", "@Column({ type: 'boolean' }) paid!: boolean; $&"),
    );
    await endpoint(tree, { feature: 'invoices' });
    expect(tree.read('apps/api/src/invoices/answers.ts', 'utf8')).toContain('paid: z.boolean(),');
  });

  it('is refused twice, and without a feature of that form', async () => {
    await feature(tree, { name: 'invoices', owned: false });
    await endpoint(tree, { feature: 'invoices' });
    before = tree.listChanges().length;
    await refused(endpoint(tree, { feature: 'invoices' }), /^There is apps\/api\/src\/invoices already: /);
    await refused(
      endpoint(tree, { feature: 'nothing' }),
      /^There is no feature nothing: there are .*invoices/,
    );
    expect(changes()).toEqual([]);
    tree.delete('libs/invoices/src/inputs.ts');
    await refused(endpoint(tree, { feature: 'invoices' }), /^libs\/invoices has no entity with a schema new/);
  });
});

describe('a job', () => {
  beforeEach(() => feature(tree, { name: 'invoices' }));

  it('without a schedule has none', async () => {
    await job(tree, { name: 'send-reminders', feature: 'invoices' });
    const module = tree.read('apps/worker/src/app.module.ts', 'utf8');
    expect(module).toContain('sendRemindersQueue');
    expect(module).not.toContain("id: 'send-reminders'");
  });

  it('is refused twice, without a feature, with a name in use, and with a schedule that is none', async () => {
    const given = { name: 'send-reminders', feature: 'invoices' };
    await refused(job(tree, { ...given, feature: 'nothing' }), /^There is no feature nothing: /);
    await refused(job(tree, { ...given, schedule: 'daily' }), /^"daily" is not a schedule: /);
    await refused(job(tree, { ...given, schedule: '0 3 * *' }), /^"0 3 \* \*" is not a schedule: /);
    await refused(job(tree, { ...given, name: 'invoice' }), /^"invoice" is the name of an entity: /);
    await job(tree, given);
    await refused(job(tree, given), /^There is libs\/invoices\/src\/send-reminders.* already: /);
  });
});

describe('a variable', () => {
  const given = { name: 'INVOICE_LIMIT', lib: 'db', about: 'Invoices of an account.', default: 10 };
  const more = { ...given, type: 'integer' as const, set: 'databaseVariables' };

  it('is declared with its type and default', async () => {
    await variable(tree, more);
    expect(tree.read('libs/db/src/variables.ts', 'utf8')).toMatch(
      /INVOICE_LIMIT: \{\s+about: 'Invoices of an account.',\s+schema: integer\(\{ min: 0, max: 1_000_000 \}\),\s+default: '10',/,
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
    ['a time span without its unit', { type: 'seconds' as const }, /^INVOICE_LIMIT must end in _SECONDS/],
    ['an app that is not there', { apps: 'nothing' }, /^There is no app nothing: there are /],
    ['a set that is not there', { set: 'none' }, /^There is no set none in .*: there are databaseVariables/],
    ['a secret with a default', { secret: true }, /^INVOICE_LIMIT is a secret: /],
  ])('with %s is refused in one line', async (_, change, message) => {
    await refused(variable(tree, { ...more, ...change }), message);
    expect(changes()).toEqual([]);
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

it('docs/generators.md tells how many files and lines each of them takes', async () => {
  // When this fails: npm run generate
  expect(staleFiles({ 'docs/generators.md': await generatorsPage() })).toEqual([]);
});
