import { UnavailableError } from '@kubernest/errors';
import { TestDatabase, testDatabase, waitFor } from '@kubernest/testing';
import { Client } from 'pg';
import { OpenDatabase, openDatabase } from './database.fixture';

let test: TestDatabase;
let observer: Client;
let opened: OpenDatabase;

beforeAll(async () => {
  test = await testDatabase();
  observer = new Client({ connectionString: test.url });
  await observer.connect();
  await observer.query('CREATE TABLE note (id serial PRIMARY KEY, text text UNIQUE)');
  opened = await openDatabase({
    DATABASE_URL: test.url,
    DATABASE_POOL_MAX: '2',
    DATABASE_CONNECT_TIMEOUT_MS: '500',
    DATABASE_STATEMENT_TIMEOUT_MS: '700',
    DATABASE_LOCK_TIMEOUT_MS: '300',
    DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: '2000',
  });
  await opened.database.connected(5_000);
});

afterEach(() => observer.query('TRUNCATE note'));

afterAll(async () => {
  await opened.close();
  await observer.end();
  await test.drop();
});

async function notes(): Promise<string[]> {
  const { rows } = await observer.query<{ text: string }>('SELECT text FROM note ORDER BY id');
  return rows.map(({ text }) => text);
}

async function backends(): Promise<{ pid: number; state: string }[]> {
  const { rows } = await observer.query<{ pid: number; state: string }>(
    "SELECT pid, state FROM pg_stat_activity WHERE application_name = 'db-spec' AND datname = current_database()",
  );
  return rows;
}

describe('the settings', () => {
  it.each([
    ['statement_timeout', '700ms'],
    ['lock_timeout', '300ms'],
    ['idle_in_transaction_session_timeout', '2s'],
    ['application_name', 'db-spec'],
  ])('reach Postgres: %s is %s', async (name, value) => {
    await expect(opened.database.query(`SHOW ${name}`)).resolves.toEqual([{ [name]: value }]);
  });

  it('open no more connections than the pool may have', async () => {
    await Promise.all(Array.from({ length: 8 }, () => opened.database.query('SELECT pg_sleep(0.02)')));
    await expect(backends()).resolves.toHaveLength(2);
  });

  it('give up waiting for a connection of a busy pool, as unavailable', async () => {
    const busy = [1, 2].map(() =>
      opened.database.query('SELECT pg_sleep(0.6)').catch((error: unknown) => error),
    );
    await waitFor(async () => (await backends()).filter(({ state }) => state === 'active').length === 2, {
      timeoutMs: 2_000,
      message: 'both connections to be busy',
    });
    await expect(opened.database.query('SELECT 1')).rejects.toThrow(UnavailableError);
    await Promise.all(busy);
    await expect(opened.database.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it('end a statement that runs too long, as unavailable', async () => {
    const error = await opened.database.query('SELECT pg_sleep(5)').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UnavailableError);
    expect((error as Error).message).toContain('57014');
  });

  it('end a wait for a lock, as unavailable', async () => {
    await observer.query('BEGIN');
    await observer.query('LOCK TABLE note IN ACCESS EXCLUSIVE MODE');
    const reading = opened.database.query('SELECT * FROM note');
    await expect(reading).rejects.toThrow(UnavailableError);
    await observer.query('ROLLBACK');
  });

  it('end a transaction that sits idle, as unavailable, and leave nothing of it', async () => {
    const idle = opened.database.transaction(async (manager) => {
      await manager.query("INSERT INTO note (text) VALUES ('idle')");
      await waitFor(async () => !(await backends()).some(({ state }) => state === 'idle in transaction'), {
        timeoutMs: 5_000,
        message: 'Postgres to end the transaction',
      });
      await manager.query('SELECT 1');
    });
    await expect(idle).rejects.toThrow(UnavailableError);
    await expect(notes()).resolves.toEqual([]);
    await expect(opened.database.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});

describe('query', () => {
  it.each([
    ['SELECT', "SELECT 'a' AS text"],
    ['INSERT', "INSERT INTO note (text) VALUES ('a') RETURNING text"],
    ['UPDATE', "UPDATE note SET text = 'a' WHERE text = 'old' RETURNING text"],
    ['DELETE', "DELETE FROM note WHERE text = 'old' RETURNING 'a' AS text"],
    [
      'WITH',
      "WITH gone AS (DELETE FROM note WHERE text = 'old' RETURNING 'a' AS text) SELECT text FROM gone",
    ],
  ])('gives the rows of %s', async (_kind, sql) => {
    await observer.query("INSERT INTO note (text) VALUES ('old')");
    await expect(opened.database.query(sql)).resolves.toEqual([{ text: 'a' }]);
  });

  it('gives no rows for a statement without any', async () => {
    await expect(opened.database.query('DELETE FROM note')).resolves.toEqual([]);
  });

  it('sends parameters apart from the SQL', async () => {
    const text = "'; DROP TABLE note; --";
    await opened.database.query('INSERT INTO note (text) VALUES ($1)', [text]);
    await expect(notes()).resolves.toEqual([text]);
  });

  it('passes on an error that is not about availability as it is', async () => {
    await opened.database.query("INSERT INTO note (text) VALUES ('a')");
    const again = opened.database.query("INSERT INTO note (text) VALUES ('a')");
    await expect(again).rejects.toMatchObject({ name: 'QueryFailedError', driverError: { code: '23505' } });
  });
});

describe('transaction', () => {
  it('keeps what was written when the work returns', async () => {
    const result = await opened.database.transaction(async (manager) => {
      await manager.query("INSERT INTO note (text) VALUES ('a'), ('b')");
      return 'done';
    });
    expect(result).toBe('done');
    await expect(notes()).resolves.toEqual(['a', 'b']);
  });

  it('rolls back everything that went through the handed manager, and nothing else, when the work throws', async () => {
    const failing = opened.database.transaction(async (manager) => {
      await manager.query("INSERT INTO note (text) VALUES ('inside')");
      await opened.database.query("INSERT INTO note (text) VALUES ('outside')");
      throw new Error('changed my mind');
    });
    await expect(failing).rejects.toThrow('changed my mind');
    await expect(notes()).resolves.toEqual(['outside']);
  });

  it('fails as unavailable when its backend is killed in the middle, and leaves nothing of it', async () => {
    const broken = opened.database.transaction(async (manager) => {
      await manager.query("INSERT INTO note (text) VALUES ('half')");
      const [own] = await manager.query<{ pid: number }[]>('SELECT pg_backend_pid() AS pid');
      await observer.query('SELECT pg_terminate_backend($1, 5000)', [own?.pid]);
      await manager.query("INSERT INTO note (text) VALUES ('other half')");
    });
    await expect(broken).rejects.toThrow(UnavailableError);
    await expect(notes()).resolves.toEqual([]);
    await expect(opened.database.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });
});

describe('withConnection', () => {
  const pid = 'SELECT pg_backend_pid() AS pid';
  const locks = "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 4711";

  it('holds one backend throughout', async () => {
    const pids = await opened.database.withConnection(async (connection) => {
      const [first] = await connection.query(pid);
      await Promise.all([1, 2, 3].map(() => opened.database.query('SELECT 1')));
      const [second] = await connection.query(pid);
      return [first, second];
    });
    expect(pids[0]).toEqual(pids[1]);
  });

  it('tells how many rows were changed', async () => {
    const changed = await opened.database.withConnection(async (connection) => [
      await connection.execute("INSERT INTO note (text) VALUES ('one'), ('other'), ($1)", ['third']),
      await connection.execute("DELETE FROM note WHERE text <> 'one'"),
      await connection.execute("DELETE FROM note WHERE text = 'none'"),
    ]);
    expect(changed).toEqual([3, 2, 0]);
  });

  it('gives the connection back when the work throws', async () => {
    for (let round = 0; round < 4; round++) {
      const failing = opened.database.withConnection(async (connection) => {
        await connection.query('SELECT 1');
        throw new Error('no');
      });
      await expect(failing).rejects.toThrow('no');
    }
    await expect(opened.database.query('SELECT 1 AS one')).resolves.toEqual([{ one: 1 }]);
  });

  it.each(['returns', 'throws'])('leaves no lock and no setting behind when the work %s', async (ending) => {
    const work = opened.database.withConnection(async (connection) => {
      await connection.query('SELECT pg_advisory_lock(4711)');
      await connection.query("SET statement_timeout = '1h'");
      if (ending === 'throws') throw new Error('no');
    });
    await work.catch(() => undefined);
    expect((await observer.query(locks)).rows).toEqual([]);
    const settings = await Promise.all([1, 2].map(() => opened.database.query('SHOW statement_timeout')));
    expect(settings.flat()).toEqual(Array(2).fill({ statement_timeout: '700ms' }));
  });

  it('lets Postgres look for the client during a long statement, and only then', async () => {
    const interval = 'SHOW client_connection_check_interval';
    const during = await opened.database.withConnection((connection) => connection.query(interval));
    expect(during).toEqual([{ client_connection_check_interval: '1s' }]);
    const after = await Promise.all([1, 2].map(() => opened.database.query(interval)));
    expect(after.flat()).toEqual(Array(2).fill({ client_connection_check_interval: '0' }));
  });

  it('ends a transaction that the work left open', async () => {
    await opened.database.withConnection(async (connection) => {
      await connection.query('BEGIN');
      await connection.query("INSERT INTO note (text) VALUES ('left open')");
    });
    await waitFor(async () => (await backends()).every(({ state }) => state === 'idle'), {
      // Sooner than idle_in_transaction_session_timeout would.
      timeoutMs: 1_500,
      message: 'the transaction to end',
    });
    await expect(notes()).resolves.toEqual([]);
  });

  it('fails as unavailable when its backend is killed', async () => {
    const broken = opened.database.withConnection(async (connection) => {
      const [own] = await connection.query<{ pid: number }>(pid);
      await observer.query('SELECT pg_terminate_backend($1, 5000)', [own?.pid]);
      await connection.query('SELECT 1');
    });
    await expect(broken).rejects.toThrow(UnavailableError);
  });
});

it('closes every connection', async () => {
  const other = await openDatabase({ DATABASE_URL: test.url, DATABASE_POOL_MAX: '3' });
  await other.database.connected(5_000);
  const before = (await backends()).length;
  await Promise.all([1, 2, 3].map(() => other.database.query('SELECT pg_sleep(0.02)')));
  expect((await backends()).length).toBeGreaterThan(before);
  await other.close();
  await waitFor(async () => (await backends()).length < before, {
    timeoutMs: 5_000,
    message: 'the connections of the closed pool to be gone',
  });
});
