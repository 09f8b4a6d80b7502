import { UnavailableError } from '@kubernest/errors';
import { freePort, RunningServer, scratchFolder, startPostgres, waitFor } from '@kubernest/testing';
import { join } from 'node:path';
import { Client } from 'pg';
import { OpenDatabase, openDatabase } from './database.fixture';

/** Of the issue: back within this time after Postgres is. */
const RECOVERY_MS = 5_000;
const ONE = [{ one: 1 }];

let folder: string;
let port: number;
let url: string;
let postgres: RunningServer;

const start = async () => {
  postgres = await startPostgres({ dataDir: join(folder, 'data'), port, durable: false });
  url = postgres.url;
};

beforeAll(async () => {
  folder = scratchFolder();
  port = await freePort();
  await start();
});

afterAll(async () => {
  await postgres.stop();
});

function open(settings: Record<string, string> = {}): Promise<OpenDatabase> {
  return openDatabase({ DATABASE_URL: url, DATABASE_CONNECT_TIMEOUT_MS: '500', ...settings });
}

function works({ database }: OpenDatabase): Promise<boolean> {
  return waitFor(async () => (await database.query('SELECT 1 AS one')).length === 1, {
    timeoutMs: RECOVERY_MS,
    message: 'queries to work',
  });
}

async function failsWithin(ms: number, work: Promise<unknown>): Promise<void> {
  const startedAt = performance.now();
  await expect(work).rejects.toThrow(UnavailableError);
  expect(performance.now() - startedAt).toBeLessThan(ms);
}

/** Stops the server's processes as they are: connections stay open and are not answered. */
async function pause(): Promise<() => void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<{ pid: number }>(
    'SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()',
  );
  await client.end();
  const pids = [postgres.pid, ...rows.map(({ pid }) => pid)];
  for (const pid of pids) process.kill(pid, 'SIGSTOP');
  return () => {
    for (const pid of pids) process.kill(pid, 'SIGCONT');
  };
}

async function observe<Row extends object>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return client.query<Row>(sql, parameters).then(
    ({ rows }) => client.end().then(() => rows),
    (error: unknown) => client.end().then(() => Promise.reject(error as Error)),
  );
}

it('starts while Postgres is away, says so, and is ready when it comes', async () => {
  await postgres.stop();
  const opened = await open();
  expect(await opened.failingChecks()).toEqual({
    postgres: 'postgres is not connected yet: try again later',
  });
  await failsWithin(500, opened.database.query('SELECT 1'));
  await failsWithin(1_000, opened.database.connected(200));
  await start();
  await opened.database.connected(RECOVERY_MS);
  expect(await opened.failingChecks()).toEqual({});
  await opened.close();
});

it('closes at once while Postgres is away', async () => {
  await postgres.stop();
  const opened = await open();
  const startedAt = performance.now();
  await opened.close();
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await start();
});

it('logs once that Postgres is away and once that it is there', async () => {
  await postgres.stop();
  const lines: string[] = [];
  const note = (message: unknown) => lines.push((message as { msg?: string }).msg ?? String(message));
  const opened = await openDatabase(
    { DATABASE_URL: url },
    { logger: { log: note, warn: note, error: note } },
  );
  // Past the third try, of which only the first says something.
  await opened.database.connected(800).catch(() => undefined);
  await start();
  await opened.database.connected(RECOVERY_MS);
  expect(lines.filter((line) => line.includes('postgres'))).toEqual([
    'postgres is not available: trying again',
    'connected to postgres',
  ]);
  await opened.close();
});

it('works again after a restart of Postgres, in the same process', async () => {
  const opened = await open();
  await opened.database.connected(RECOVERY_MS);
  await Promise.all([1, 2, 3].map(() => opened.database.query('SELECT pg_sleep(0.01)')));
  await postgres.stop();
  await failsWithin(1_000, opened.database.query('SELECT 1'));
  await start();
  await works(opened);
  expect(await opened.failingChecks()).toEqual({});
  await opened.close();
});

it('fails in bounded time while Postgres is paused, and comes back whole', async () => {
  const opened = await open({ DATABASE_STATEMENT_TIMEOUT_MS: '500', DATABASE_POOL_MAX: '2' });
  const { database } = opened;
  await database.connected(RECOVERY_MS);
  await database.query('CREATE TABLE IF NOT EXISTS note (text text)');
  let resume = (): void => undefined;
  const half = database.transaction(async (manager) => {
    await manager.query("INSERT INTO note VALUES ('half')");
    resume = await pause();
    await manager.query("INSERT INTO note VALUES ('other half')");
  });
  // Statement time-out and a second; the rollback must not wait as long again.
  await failsWithin(2_500, half);
  await failsWithin(
    2_500,
    Promise.any([1, 2, 3, 4].map(() => database.query('SELECT 1'))).catch((error: unknown) => {
      throw (error as AggregateError).errors[0];
    }),
  );
  resume();
  await works(opened);
  await expect(Promise.all([1, 2, 3].map(() => database.query('SELECT 1 AS one')))).resolves.toEqual([
    ONE,
    ONE,
    ONE,
  ]);
  await waitFor(
    async () => {
      const rows = await observe<{ state: string }>(
        "SELECT state FROM pg_stat_activity WHERE application_name = 'db-spec'",
      );
      return rows.length <= 2 && rows.every(({ state }) => state === 'idle');
    },
    { timeoutMs: RECOVERY_MS, message: 'no more backends than the pool has, and none in a transaction' },
  );
  await expect(observe('SELECT text FROM note')).resolves.toEqual([]);
  await opened.close();
});

it('leaves a server that has become read-only, for one that takes writes', async () => {
  await observe('CREATE TABLE IF NOT EXISTS note (text text)');
  const database = new URL(url).pathname.slice(1);
  await observe(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
  const opened = await open({ DATABASE_POOL_MAX: '1' });
  await opened.database.connected(RECOVERY_MS);
  const write = () => opened.database.query("INSERT INTO note VALUES ('written') RETURNING text");
  await failsWithin(1_000, write());
  await failsWithin(
    1_000,
    opened.database.transaction((manager) => manager.query('DELETE FROM note')),
  );
  // For connections that are opened from now on, as if another server answered them.
  await observe(`BEGIN READ WRITE; ALTER DATABASE ${database} RESET default_transaction_read_only; COMMIT`);
  await waitFor(write, { timeoutMs: RECOVERY_MS, message: 'a write' });
  await opened.close();
});

it('is unavailable while Postgres has no connection left, and works when it has', async () => {
  await observe("CREATE ROLE crowd LOGIN PASSWORD 'crowd' CONNECTION LIMIT 1").catch(() => undefined);
  const crowd = new URL(url);
  crowd.username = crowd.password = 'crowd';
  const first = new Client({ connectionString: crowd.href });
  await first.connect();
  const opened = await open({ DATABASE_URL: crowd.href });
  await failsWithin(1_500, opened.database.connected(300));
  await first.end();
  await works(opened);
  await opened.close();
});
