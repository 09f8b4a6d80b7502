import { TestDatabase, testDatabase } from '@kubernest/testing';
import { OpenDatabase, openDatabase } from './database.fixture';

let test: TestDatabase;
let opened: OpenDatabase;

beforeAll(async () => {
  test = await testDatabase();
  opened = await openDatabase({ DATABASE_URL: test.url, DATABASE_STATEMENT_TIMEOUT_MS: '300' });
  await opened.database.connected(5_000);
  await opened.database.query('CREATE TABLE note (text text UNIQUE)');
});

beforeEach(() => opened.metrics.registry.resetMetrics());

afterAll(async () => {
  await opened.close();
  await test.drop();
});

/** How many of each operation and outcome. */
async function statements(): Promise<Record<string, number>> {
  const counted: Record<string, number> = {};
  for (const [, operation, outcome, count] of (await opened.metrics.registry.metrics()).matchAll(
    /^database_query_duration_seconds_count\{operation="(\w+)",outcome="(\w+)"\} (\d+)$/gm,
  ))
    counted[`${operation ?? ''} ${outcome ?? ''}`] = Number(count);
  return counted;
}

describe('the statements to Postgres', () => {
  it('are each measured, by what they do', async () => {
    const { database } = opened;
    await database.query('SELECT 1');
    await database.query('INSERT INTO note VALUES ($1)', ['hunter2']);
    await database.run((manager) => manager.query('UPDATE note SET text = $1', ['hunter3']));
    await database.withConnection((connection) => connection.execute('DELETE FROM note'));
    expect(await statements()).toEqual({
      'SELECT ok': 1,
      'INSERT ok': 1,
      'UPDATE ok': 1,
      'DELETE ok': 1,
      // What a connection of its own begins and ends with.
      'other ok': 2,
    });
    expect(await opened.metrics.registry.metrics()).not.toContain('hunter');
  });

  it('that fail, are refused or are not answered in time are errors', async () => {
    const { database } = opened;
    await database.query('INSERT INTO note VALUES (1)');
    await expect(database.query('INSERT INTO note VALUES (1)')).rejects.toThrow('duplicate key');
    await expect(database.query('SELECT pg_sleep(5)')).rejects.toThrow();
    await expect(database.transaction((manager) => manager.query('SELECT no_such_column'))).rejects.toThrow();
    expect(await statements()).toEqual({
      'INSERT ok': 1,
      'INSERT error': 1,
      'SELECT error': 2,
      // START TRANSACTION and ROLLBACK.
      'other ok': 2,
    });
  });
});
