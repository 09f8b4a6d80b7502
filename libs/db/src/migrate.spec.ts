import { scratchFolder, TestDatabase, testDatabase, waitFor } from '@kubernest/testing';
import { build } from 'esbuild';
import { ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';

const ALL = ['Table1700000000001', 'Row1700000000002', 'Last1700000000003'];

let folder: string;
let bundle: string;
let test: TestDatabase;
let observer: Client;

beforeAll(async () => {
  folder = scratchFolder();
  bundle = join(folder, 'migrating.cjs');
  const entryPoints = [join(__dirname, 'migrating.fixture.ts')];
  await build({ entryPoints, outfile: bundle, bundle: true, platform: 'node', packages: 'external' });
});

beforeEach(async () => {
  test = await testDatabase();
  observer = new Client({ connectionString: test.url });
  await observer.connect();
});

afterEach(async () => {
  await observer.end();
  await test.drop();
});

interface Migrating {
  child: ChildProcess;
  said: () => string;
  exit: Promise<{ code: number | null; output: string }>;
}

function start(kind: string, settings: Record<string, string> = {}): Migrating {
  const env = { ...process.env, DATABASE_URL: test.url, ...settings };
  const child = spawn(process.execPath, [bundle, kind], { env });
  let output = '';
  let said = '';
  child.stdout.on('data', (text: Buffer) => (output += text.toString()));
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const exit = new Promise<{ code: number | null; output: string }>((done) =>
    child.once('close', (code) => done({ code, output })),
  );
  return { child, exit, said: () => said };
}

async function ask<Row extends object>(sql: string): Promise<Row[]> {
  return (await observer.query<Row>(sql)).rows;
}

const applied = async () =>
  (await ask<{ name: string }>('SELECT name FROM migrations ORDER BY id')).map(({ name }) => name);
const rows = async () =>
  (await ask<{ name: string }>('SELECT name FROM applied ORDER BY at')).map(({ name }) => name);
const locks = () =>
  ask(
    "SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE locktype = 'advisory' AND datname = current_database()",
  );

function lastIsRunning(): Promise<unknown> {
  return waitFor(
    async () =>
      (
        await ask(
          "SELECT 1 FROM pg_stat_activity WHERE query ~ 'pg_sleep.60.|^SELECT 1$' AND application_name = 'migrate-spec'",
        )
      ).length > 0,
    { timeoutMs: 15_000, message: 'the last migration to run' },
  );
}

it('ten processes at once apply each migration exactly once', async () => {
  const exits = await Promise.all(Array.from({ length: 10 }, () => start('good').exit));
  expect(exits.map(({ code }) => code)).toEqual(Array(10).fill(0));
  const claimed = exits.flatMap(({ output }) => JSON.parse(output) as string[]);
  expect(claimed).toEqual(ALL);
  expect(await applied()).toEqual(ALL);
  expect(await rows()).toEqual(['row', 'last']);
});

it('a migration that fails rolls back, keeps those before it, and ends the process with 1 and its name', async () => {
  const { code, output } = await start('failing').exit;
  expect({ code, output }).toEqual({
    code: 1,
    output: 'Migration "Last1700000000003" failed, error: division by zero',
  });
  expect(await applied()).toEqual(ALL.slice(0, 2));
  expect(await rows()).toEqual(['row']);
  expect(await locks()).toEqual([]);
  await expect(start('good').exit).resolves.toEqual({ code: 0, output: JSON.stringify(ALL.slice(2)) });
});

it.each([
  ['in a long statement', 'slow'],
  ['between many short ones', 'busy'],
])('SIGTERM %s ends it, rolls back and frees the lock', async (_when, kind) => {
  const { child, exit } = start(kind);
  await lastIsRunning();
  const startedAt = performance.now();
  child.kill('SIGTERM');
  expect(await exit).toEqual({ code: 1, output: 'stopped by SIGTERM' });
  expect(performance.now() - startedAt).toBeLessThan(2_000);
  expect(await applied()).toEqual(ALL.slice(0, 2));
  expect(await rows()).toEqual(['row']);
  expect(await locks()).toEqual([]);
});

it('SIGKILL in a long statement frees the lock for the next process', async () => {
  const { child, exit } = start('slow');
  await lastIsRunning();
  child.kill('SIGKILL');
  await exit;
  const killedAt = performance.now();
  await expect(start('good').exit).resolves.toEqual({ code: 0, output: JSON.stringify(ALL.slice(2)) });
  expect(performance.now() - killedAt).toBeLessThan(5_000);
});

it('waits for a process that is migrating, says so, and names the limit when it gives up', async () => {
  const first = start('slow');
  await lastIsRunning();
  const second = start('good', { MIGRATION_LOCK_TIMEOUT_MS: '600' });
  const { code, output } = await second.exit;
  expect(code).toBe(1);
  expect(output).toMatch(
    /^another process has held the migration lock for more than \d+ ms \(MIGRATION_LOCK_TIMEOUT_MS\)$/,
  );
  expect(second.said()).toContain('waiting for another process that is migrating');
  first.child.kill('SIGTERM');
  await first.exit;
});

it('SIGTERM ends the wait for the lock', async () => {
  const first = start('slow');
  await lastIsRunning();
  const second = start('good');
  await waitFor(() => second.said().includes('waiting'), {
    timeoutMs: 10_000,
    message: 'the second to wait',
  });
  second.child.kill('SIGTERM');
  expect(await second.exit).toEqual({ code: 1, output: 'stopped by SIGTERM' });
  first.child.kill('SIGTERM');
  await first.exit;
});

it('ends with 1 and a message without an address when Postgres is away', async () => {
  const { code, output } = await start('good', { DATABASE_URL: 'postgres://u:secret@127.0.0.1:1/none' }).exit;
  expect({ code, output }).toEqual({
    code: 1,
    output: 'postgres is not available (ECONNREFUSED): try again later',
  });
});
