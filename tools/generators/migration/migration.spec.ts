import type { Tree } from '@nx/devkit';
import { createTree } from '../support/tree.fixture';
import migration from './migration';

const SCHEMA = 'libs/invoices/src/schema.ts';
const LATEST = 9_999_999_999_998;
const options = { name: 'add-due-on', feature: 'invoices', up: 'SELECT 1', down: 'SELECT 2' };

let tree: Tree;

beforeEach(() => {
  tree = createTree({
    [SCHEMA]: `import type { DatabaseSchema } from '@acme/db';
import { Invoices1 } from './migrations/${LATEST}-invoices';

export const invoicesSchema: DatabaseSchema = { entities: [], migrations: [Invoices1] };
`,
    [`libs/invoices/src/migrations/${LATEST}-invoices.ts`]: 'export class Invoices1 {}\n',
  });
});

it('writes a migration that comes after every other, and lists it in the schema', async () => {
  await migration(tree, options);
  const name = `AddDueOn${LATEST + 1}`;
  expect(tree.read(`libs/invoices/src/migrations/${LATEST + 1}-add-due-on.ts`, 'utf8')).toContain(
    `export class ${name} implements MigrationInterface`,
  );
  expect(tree.read(SCHEMA, 'utf8')).toBe(`import type { DatabaseSchema } from '@acme/db';
import { Invoices1 } from './migrations/${LATEST}-invoices';
import { ${name} } from './migrations/${LATEST + 1}-add-due-on';

export const invoicesSchema: DatabaseSchema = {
  entities: [],
  migrations: [Invoices1, ${name}],
};
`);
});

it('keeps the SQL as it was given', async () => {
  await migration(tree, { ...options, up: "SELECT '`\\${x}'" });
  const source = tree.read(`libs/invoices/src/migrations/${LATEST + 1}-add-due-on.ts`, 'utf8');
  expect(source).toContain("runner.query(`SELECT '\\`\\\\\\${x}'`)");
});

it.each([
  [
    'a feature that is not there',
    { feature: 'nothing' },
    /^There is no feature nothing: there are .*invoices/,
  ],
  ['a name that is none', { name: 'AddDueOn' }, /^"AddDueOn" is not a name: /],
  ['a name that is taken', { name: 'invoices' }, /^There is .*-invoices.ts already: choose another name$/],
])('refuses %s and changes nothing', async (_, change, message) => {
  const before = tree.listChanges().length;
  await expect(migration(tree, { ...options, ...change })).rejects.toThrow(message);
  expect(tree.listChanges()).toHaveLength(before);
});
