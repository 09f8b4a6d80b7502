import { waitFor } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';
import { WORKER_STEPS } from '../support/shutdown-steps';

let environment: Environment;
beforeAll(async () => {
  environment = await freshEnvironment();
  await environment.sql(
    `INSERT INTO account (id, email, password_hash) VALUES ($1, 'owner@example.com', 'none')`,
    [randomUUID()],
  );
});
beforeEach(() => environment.sql('TRUNCATE session'));
afterEach(killRunning);
afterAll(async () => {
  await environment.close();
});

const addExpired = (count: number) =>
  environment.sql(
    `INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), account.id, '\\x00', now() - interval '1 hour', now() FROM account, generate_series(1, $1)`,
    [count],
  );
const countSessions = async () =>
  Number((await environment.sql<{ count: string }>('SELECT count(*) FROM session'))[0]?.count);

const waitingWorkers = () =>
  environment.sql(
    `SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND application_name = 'worker'`,
  );

/** Every second, in small batches with pauses: a job of known length. */
const slowCleanup = {
  SESSION_CLEANUP_SCHEDULE: '* * * * * *',
  SESSION_CLEANUP_BATCH_SIZE: '10',
  SESSION_CLEANUP_PAUSE_MS: '100',
};
const start = (overrides: NodeJS.ProcessEnv = {}) =>
  RunningApp.start('worker', { ...environment.env, ...slowCleanup, ...overrides });
const cleanupUnderWay = (atMost: number) =>
  waitFor(async () => (await countSessions()) < atMost, {
    timeoutMs: 15_000,
    message: 'the cleanup to have begun',
  });

describe('at SIGTERM the worker', () => {
  test('hands back the job in hand between two batches, closes in order, exits with 0; the next worker goes on', async () => {
    await addExpired(500);
    const first = await (await start()).ready();
    await cleanupUnderWay(500);
    expect(await first.stop()).toBe(0);
    expect(first.steps()).toEqual(WORKER_STEPS);
    expect(first.output).toContain('job handed back');
    const left = await countSessions();
    expect(left).toBeGreaterThan(0);
    expect(left % 10).toBe(0);

    const second = await (await start({ SESSION_CLEANUP_PAUSE_MS: '0' })).ready();
    await waitFor(async () => (await countSessions()) === 0, {
      timeoutMs: 15_000,
      message: 'the rest to be deleted',
    });
    expect(await second.stop()).toBe(0);
    expect(second.output).not.toContain('job failed');
  });

  test('cuts a job that hangs at the deadline, names it, still closes the stores, and exits non-zero', async () => {
    await addExpired(10);
    const blocker = new Client({ connectionString: environment.env['DATABASE_URL'] });
    await blocker.connect();
    try {
      await blocker.query('BEGIN');
      await blocker.query('LOCK TABLE session IN ACCESS EXCLUSIVE MODE');
      const endless = {
        DATABASE_LOCK_TIMEOUT_MS: '0',
        DATABASE_STATEMENT_TIMEOUT_MS: '0',
        SHUTDOWN_TIMEOUT_MS: '2500',
      };
      const worker = await (await start(endless)).ready();
      await waitFor(async () => (await waitingWorkers()).length > 0, {
        timeoutMs: 15_000,
        message: 'the cleanup to hang',
      });
      expect(await worker.stop()).toBe(1);
      const cut = worker.logs.find(({ level, step }) => level === 'error' && step === 'workers');
      expect(cut?.['open']).toEqual(
        expect.arrayContaining([expect.stringMatching(/job \S+ of session-cleanup, open for \d+ ms/)]),
      );
    } finally {
      await blocker.end();
    }
  });
});

describe('the worker', () => {
  test('deletes expired sessions on schedule, leaves live ones, and says so in its log', async () => {
    await addExpired(25);
    await environment.sql(
      `INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at)
       SELECT gen_random_uuid(), id, '\\x00', now() + interval '1 hour', now() + interval '1 day' FROM account`,
    );
    const worker = await (await start({ SESSION_CLEANUP_PAUSE_MS: '0' })).ready();
    await waitFor(async () => (await countSessions()) === 1, {
      timeoutMs: 15_000,
      message: 'the expired sessions to be gone',
    });
    await worker.waitForLog(({ deleted }) => deleted === 25, 'the number of deleted sessions');
    expect(await worker.stop()).toBe(0);
  });
});

describe('cleanup-expired-sessions, run once', () => {
  const once = (overrides: NodeJS.ProcessEnv = {}) => {
    const { DATABASE_URL } = environment.env;
    return RunningApp.start('worker', { DATABASE_URL, SESSION_CLEANUP_PAUSE_MS: '0', ...overrides }, [
      'cleanup-expired-sessions',
    ]);
  };

  test('deletes what has expired and exits with 0, without Redis or any secret of the api', async () => {
    await addExpired(25);
    const command = await once({ SESSION_CLEANUP_BATCH_SIZE: '10' });
    expect(await command.exit()).toBe(0);
    expect(await countSessions()).toBe(0);
  });

  test('exits with 0 when another run is at it, and leaves that alone', async () => {
    await addExpired(30);
    const other = await once({ SESSION_CLEANUP_BATCH_SIZE: '10', SESSION_CLEANUP_PAUSE_MS: '60000' });
    await cleanupUnderWay(30);
    const command = await once();
    expect(await command.exit()).toBe(0);
    expect(await countSessions()).toBe(20);
    expect(await other.stop()).toBe(1);
  });

  test('stops between two batches at SIGTERM and exits non-zero, so that the Job is run again', async () => {
    await addExpired(300);
    const command = await once(slowCleanup);
    await cleanupUnderWay(300);
    expect(await command.stop()).toBe(1);
    const left = await countSessions();
    expect(left).toBeGreaterThan(0);
    expect(left % 10).toBe(0);
  });

  test('exits non-zero when there is no database, and says so', async () => {
    const command = await once({
      DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing',
      DATABASE_CONNECT_TIMEOUT_MS: '500',
    });
    expect(await command.exit()).toBe(1);
    expect(command.output).toContain('no connection to postgres after 500 ms');
  });
});
