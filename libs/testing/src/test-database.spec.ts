import { Client } from 'pg';
import { testDatabase } from './test-database';

async function ask(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql).finally(() => client.end());
  return rows;
}

it('gives every caller an empty database of its own', async () => {
  const [first, second] = await Promise.all([testDatabase(), testDatabase()]);
  await ask(first.url, 'CREATE TABLE note (text text)');
  const tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'";
  await expect(ask(first.url, tables)).resolves.toEqual([{ tablename: 'note' }]);
  await expect(ask(second.url, tables)).resolves.toEqual([]);
  await Promise.all([first.drop(), second.drop()]);
});

it('drops a database although somebody is still connected to it', async () => {
  const database = await testDatabase();
  const client = new Client({ connectionString: database.url });
  const cutOff = new Promise((resolve) => client.on('error', resolve));
  await client.connect();
  await database.drop();
  await cutOff;
  await expect(ask(database.url, 'SELECT 1')).rejects.toThrow('does not exist');
});

it('says how to run tests when no run has started a server', async () => {
  const { TEST_DATABASE_URL: url } = process.env;
  delete process.env['TEST_DATABASE_URL'];
  try {
    await expect(testDatabase()).rejects.toThrow('TEST_DATABASE_URL is not set: run this through npm test');
  } finally {
    process.env['TEST_DATABASE_URL'] = url;
  }
});
