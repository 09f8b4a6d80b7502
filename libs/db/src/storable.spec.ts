import { TestDatabase, testDatabase } from '@kubernest/testing';
import { Client } from 'pg';
import { z } from 'zod';
import { storable } from './storable';

let test: TestDatabase;
let client: Client;

beforeAll(async () => {
  test = await testDatabase();
  client = new Client({ connectionString: test.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await test.drop();
});

const schemas: Record<string, z.ZodType> = {
  text: storable.text(5),
  integer: storable.integer(),
  date: storable.date(),
};

/** The value as a column of that type gives it back, or undefined when Postgres refuses it. */
async function kept(type: string, value: unknown): Promise<unknown> {
  const rows = await client
    .query<{ value: unknown }>(`SELECT to_json($1::${type}) AS value`, [value])
    .then((result) => result.rows)
    .catch(() => []);
  return rows[0]?.value;
}

it.each([
  ['text', 'é🙂'],
  ['text', ' '],
  ['integer', 2 ** 31 - 1],
  ['integer', -(2 ** 31)],
  ['date', '0001-01-01'],
  ['date', '2024-02-29'],
  ['date', '9999-12-31'],
])('a column of type %s keeps %j, and its schema takes it', async (type, value) => {
  expect(schemas[type]?.safeParse(value).success).toBe(true);
  await expect(kept(type, value)).resolves.toEqual(value);
});

it.each([
  ['text', 'a\0b'],
  ['text', '\ud800'],
  ['integer', 2 ** 31],
  ['integer', 0.5],
  ['date', '0000-01-01'],
  ['date', '2026-02-29'],
])('a column of type %s does not keep %j, and its schema refuses it', async (type, value) => {
  expect(schemas[type]?.safeParse(value).success).toBe(false);
  await expect(kept(type, value)).resolves.not.toEqual(value);
});

it('a text has at least one character and at most as many as are given', () => {
  const lengths = ['', 'x', 'xxxxx', 'xxxxxx'].filter((text) => schemas['text']?.safeParse(text).success);
  expect(lengths).toEqual(['x', 'xxxxx']);
});
