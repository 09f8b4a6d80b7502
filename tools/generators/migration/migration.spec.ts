import type { Tree } from '@nx/devkit';
import { createTree } from '../support/tree.fixture';
import migration from './migration';

const SCHEMA = 'libs/zeppelins/src/schema.ts';
const LATEST = 9_999_999_999_998;
const options = { name: 'add-due-on', feature: 'zeppelins', up: 'SELECT 1', down: 'SELECT 2' };

let tree: Tree;

beforeEach(() => {
  tree = createTree({
    [SCHEMA]: `import type { DatabaseSchema } from '@acme/db';
import { Zeppelins1 } from './migrations/${LATEST}-zeppelins';

export const zeppelinsSchema: DatabaseSchema = { entities: [], migrations: [Zeppelins1] };
`,
    [`libs/zeppelins/src/migrations/${LATEST}-zeppelins.ts`]: 'export class Zeppelins1 {}\n',
  });
});

it('writes a migration that comes after every other, and lists it in the schema', async () => {
  await migration(tree, options);
  const name = `AddDueOn${LATEST + 1}`;
  expect(tree.read(`libs/zeppelins/src/migrations/${LATEST + 1}-add-due-on.ts`, 'utf8')).toContain(
    `export class ${name} implements MigrationInterface`,
  );
  expect(tree.read(SCHEMA, 'utf8')).toBe(`import type { DatabaseSchema } from '@acme/db';
import { Zeppelins1 } from './migrations/${LATEST}-zeppelins';
import { ${name} } from './migrations/${LATEST + 1}-add-due-on';

export const zeppelinsSchema: DatabaseSchema = {
  entities: [],
  migrations: [Zeppelins1, ${name}],
};
`);
});

it('keeps the SQL as it was given', async () => {
  await migration(tree, { ...options, up: "SELECT '`\\${x}'" });
  const source = tree.read(`libs/zeppelins/src/migrations/${LATEST + 1}-add-due-on.ts`, 'utf8');
  expect(source).toContain("runner.query(`SELECT '\\`\\\\\\${x}'`)");
});

it.each([
  [
    'a feature that is not there',
    { feature: 'nothing' },
    /^There is no feature nothing: there are .*zeppelins/,
  ],
  ['a name that is none', { name: 'AddDueOn' }, /^"AddDueOn" is not a name: /],
  ['a name that is taken', { name: 'zeppelins' }, /^There is .*-zeppelins.ts already: choose another name$/],
])('refuses %s and changes nothing', async (_, change, message) => {
  const before = tree.listChanges().length;
  await expect(migration(tree, { ...options, ...change })).rejects.toThrow(message);
  expect(tree.listChanges()).toHaveLength(before);
});
