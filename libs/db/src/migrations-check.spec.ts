import { TestDatabase, testDatabase } from '@kubernest/testing';
import { MigrationInterface } from 'typeorm';
import { OpenDatabase, openDatabase } from './database.fixture';
import { loadConfig } from '@kubernest/config';
import { migrate } from './migrate';
import { migrationVariables } from './variables';

class First1700000000001 implements MigrationInterface {
  up = () => Promise.resolve();
  down = () => Promise.resolve();
}
class Second1700000000002 extends First1700000000001 {}

let test: TestDatabase;
let opened: OpenDatabase;
const known = { entities: [], migrations: [First1700000000001, Second1700000000002] };

beforeAll(async () => {
  test = await testDatabase();
  opened = await openDatabase({ DATABASE_URL: test.url }, { schema: [known] });
  await opened.database.connected(5_000);
});

afterAll(async () => {
  await opened.close();
  await test.drop();
});

const apply = (migrations: (new () => MigrationInterface)[]) =>
  migrate({
    config: loadConfig(migrationVariables, { DATABASE_URL: test.url }),
    schema: [{ entities: [], migrations }],
    applicationName: 'migrate',
    log: () => undefined,
  });

it('readiness fails on a database that nobody has migrated', async () => {
  expect(await opened.failingChecks()).toEqual({
    migrations: 'not applied yet: First1700000000001, Second1700000000002',
  });
});

it('readiness fails while one of them is missing, and names it', async () => {
  await apply([First1700000000001]);
  expect(await opened.failingChecks()).toEqual({ migrations: 'not applied yet: Second1700000000002' });
});

it('readiness passes once all are applied', async () => {
  await apply(known.migrations);
  expect(await opened.failingChecks()).toEqual({});
});

it('a newer migration in the database does no harm', async () => {
  await apply([...known.migrations, class Third1700000000003 extends First1700000000001 {}]);
  expect(await opened.failingChecks()).toEqual({});
});
