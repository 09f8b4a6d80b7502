import { waitFor } from '@kubernest/testing';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { Clone, type Start } from './clone.fixture';

jest.setTimeout(180_000);

const READY = 'Ctrl-C; the data stays';

let clone: Clone;
let running: Start | undefined;
beforeAll(async () => {
  clone = await Clone.make();
});
afterEach(() => running?.terminate());

async function start(...args: string[]): Promise<Start> {
  running = clone.start('api', ...args);
  await running.says(READY);
  return running;
}

/** Statements to the Postgres that a start names in its table. */
async function query({ output }: Start, text: string): Promise<unknown[]> {
  const client = new Client({ connectionString: /postgres:\/\/\S+/.exec(output)?.[0] });
  await client.connect();
  try {
    return (await client.query(text)).rows as unknown[];
  } finally {
    await client.end();
  }
}

const typeOfProblem = async () =>
  ((await (await fetch(`${clone.url}/nothing`)).json()) as { type: string }).type;
const KEPT = `SELECT FROM information_schema.tables WHERE table_name = 'kept'`;

const nothingLeft = () =>
  waitFor(() => clone.processes().length === 0, {
    timeoutMs: 5_000,
    message: `no process to be left: ${clone.processes().join('\n')}`,
  });

test('a start serves, says where in one table, and at Ctrl-C, pressed twice, leaves no process and exits with 0', async () => {
  const first = await start();
  expect(first.output.split(READY)).toHaveLength(2);
  for (const place of [clone.url, `${clone.url}/docs`, 'postgres://', 'redis://'])
    expect(first.output).toContain(place);
  await query(first, 'CREATE TABLE kept ()');
  expect(await first.interrupt(2)).toBe(0);
  await nothingLeft();
});

test('the next start finds its data', async () => {
  const second = await start();
  expect(await query(second, KEPT)).toHaveLength(1);
  expect(await second.terminate()).toBe(0);
  await nothingLeft();
});

test('a start reloads on a change, goes on while the code is broken, and ends at SIGTERM', async () => {
  const second = await start();

  clone.edit('libs/http/src/problem.ts', (text) => text.replace("'about:blank',", "'about:something',"));
  await second.says('Reloaded api');
  expect(await typeOfProblem()).toBe('about:something');

  clone.edit('libs/http/src/problem.ts', (text) => `${text}\nconst broken = ;`);
  await second.says('The next change tries again');
  expect(second.output).toContain('libs/http/src/problem.ts');
  expect(await typeOfProblem()).toBe('about:something');

  expect(await second.terminate()).toBe(0);
  await nothingLeft();
  clone.edit('libs/http/src/problem.ts', (text) => text.replace('\nconst broken = ;', ''));
});

test('a start with --fresh has no data, and is refused while another one works on it', async () => {
  const fresh = await start('--fresh');
  expect(await query(fresh, KEPT)).toEqual([]);
  const other = clone.start('worker', '--fresh');
  expect(await other.exit()).toBe(1);
  expect(other.output).toMatch(/^Process \d+ works on \.local\/data: stop it, [^\n]*\n$/);
  expect(await fresh.terminate()).toBe(0);
});

test('a second start shares the servers of the first, and stops when they do', async () => {
  const first = await start();
  const second = clone.start('worker');
  await second.says(READY);
  expect(second.output).toMatch(/of the npm start that is process \d+/);
  const [, page = '', user = '', password = ''] =
    /queue page +(\S+) \((.+), (.+)\)/.exec(second.output) ?? [];
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  expect((await fetch(page, { headers: { authorization } })).status).toBe(200);
  expect(await first.terminate()).toBe(0);
  expect(await second.exit()).toBe(0);
  await nothingLeft();
});

test('a start on a port that is taken says by whom in one line', async () => {
  await start();
  const second = clone.start('api');
  expect(await second.exit()).toBe(1);
  expect(second.output).toMatch(/^Port \d+, for the api, is taken[^\n]*\n$/);
});

test('a start that is interrupted while it builds leaves no process and exits with 0', async () => {
  running = clone.start('api');
  await running.says('Building');
  expect(await running.interrupt()).toBe(0);
  await nothingLeft();
});

test('a first start that is interrupted while it prepares Postgres exits with 0, too', async () => {
  running = clone.start('api', '--fresh');
  // pg_class: what initdb has started is at work, and Ctrl-C ends that, too.
  const begun = () => globSync(join(clone.folder, '.local/data/*.partial/base/1/1259')).length > 0;
  await waitFor(begun, { timeoutMs: 60_000, message: 'initdb to begin' });
  expect(await running.interrupt()).toBe(0);
  expect(running.output).not.toContain('failed');
  await nothingLeft();
});

test('a broken .env is told in one line', async () => {
  clone.edit('.env', (text) => `${text}REDIS_URL hush\n`);
  running = clone.start();
  expect(await running.exit()).toBe(1);
  expect(running.output).toMatch(/^\.env, line 3 [^\n]*\n$/);
});

test('--help says what there is', async () => {
  running = clone.start('--help');
  expect(await running.exit()).toBe(0);
  expect(running.output).toContain('npm start -- --fresh');
});
