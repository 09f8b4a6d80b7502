import { Metrics } from '@kubernest/telemetry';
import { waitFor } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { Account } from './account.entity';
import { CleanupOptions, CleanupProgress, SessionCleanup } from './session-cleanup';
import { exportCleanup } from './session-cleanup-figures';
import { newEmail, Pod, SessionsFixture } from './testing/sessions-fixture';

let fixture: SessionsFixture;
let pod: Pod;
let accountId: string;

beforeAll(async () => {
  fixture = await SessionsFixture.start();
  pod = await fixture.pod();
  accountId = randomUUID();
  const account = { id: accountId, email: newEmail(), passwordHash: 'x' };
  await pod.database.run((manager) => manager.insert(Account, account));
});

beforeEach(() => pod.database.query('TRUNCATE session, session_cleanup_record'));
afterAll(() => fixture.stop());

async function expire(count: number): Promise<void> {
  await pod.database.query(
    `INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), $1, '\\x01', now() - interval '1 minute', now() + interval '1 day'
     FROM generate_series(1, $2)`,
    [accountId, count],
  );
}

const run = (options: CleanupOptions = {}) =>
  pod.get(SessionCleanup).run({ pauseMs: 0, batchSize: 10, ...options });

/** As a process that is scraped for the first time tells it. */
async function figures(): Promise<Record<string, number>> {
  const metrics = new Metrics();
  exportCleanup(metrics, pod.database);
  const found = (await metrics.scrape()).matchAll(/^session_cleanup_(\w+) (\S+)$/gm);
  return Object.fromEntries(Array.from(found, ([, name = '', value]) => [name, Number(value)]));
}

describe('the figures of the cleanup', () => {
  it('are zero before the first run, without a success', async () => {
    await expire(3);
    expect(await figures()).toEqual({
      runs_total: 0,
      deleted_sessions_total: 0,
      batches_total: 0,
      backlog_sessions: 3,
    });
  });

  it('add up over all runs', async () => {
    const beganAtSeconds = Date.now() / 1000;
    await expire(25);
    await run();
    await expire(5);
    await run();
    const found = await figures();
    expect(found).toEqual({
      runs_total: 2,
      deleted_sessions_total: 30,
      batches_total: 4,
      backlog_sessions: 0,
      last_run_duration_seconds: expect.any(Number),
      last_success_timestamp_seconds: expect.any(Number),
    });
    expect(found['last_run_duration_seconds']).toBeGreaterThan(0);
    expect(found['last_success_timestamp_seconds']).toBeGreaterThan(beganAtSeconds - 1);
    expect(found['last_success_timestamp_seconds']).toBeLessThan(Date.now() / 1000 + 1);
  });

  it('know what a run has done by the time it reports it', async () => {
    await expire(25);
    const seen: number[] = [];
    await run({
      onProgress: async () => seen.push((await figures())['deleted_sessions_total'] ?? -1),
    });
    expect(seen).toEqual([0, 10, 20, 25]);
  });

  it.each([
    ['is stopped', 'stops'],
    ['loses its connection', 'breaks'],
  ])('keep what a run did that %s, and do not call it a success', async (_, end) => {
    await expire(25);
    const stopping = new AbortController();
    const onProgress = async ({ batches }: CleanupProgress) => {
      if (batches < 2) return;
      stopping.abort();
      if (end === 'breaks') await endLockHolder();
    };
    const options = { onProgress, ...(end === 'stops' && { signal: stopping.signal }) };
    await run(options).catch(() => undefined);
    expect(await figures()).toEqual({
      runs_total: 1,
      deleted_sessions_total: 20,
      batches_total: 2,
      backlog_sessions: 5,
    });
  });

  it('do not count a run that found another one at it', async () => {
    await expire(5);
    await run({ onProgress: () => run() });
    expect(await figures()).toMatchObject({ runs_total: 1, deleted_sessions_total: 5 });
  });

  it('count a backlog no further than 10,000', async () => {
    await expire(10_500);
    expect(await figures()).toMatchObject({ backlog_sessions: 10_000 });
  });

  it('are asked for once by scrapes that follow each other', async () => {
    const metrics = new Metrics();
    exportCleanup(metrics, pod.database);
    const query = jest.spyOn(pod.database, 'query');
    const scrapes = await Promise.all([metrics.scrape(), metrics.scrape()]);
    scrapes.push(await metrics.scrape());
    expect(query).toHaveBeenCalledTimes(1);
    for (const scrape of scrapes) expect(scrape).toMatch(/^session_cleanup_runs_total 0$/m);
    query.mockRestore();
  });

  it('that cannot be kept do not keep the run from cleaning up', async () => {
    await pod.database.query('ALTER TABLE session_cleanup_record RENAME TO elsewhere');
    try {
      await expire(25);
      await expect(run()).resolves.toEqual({ outcome: 'done', deleted: 25, batches: 3 });
      expect(await figures()).toEqual({});
    } finally {
      await pod.database.query('ALTER TABLE elsewhere RENAME TO session_cleanup_record');
    }
  });
});

async function endLockHolder(): Promise<void> {
  await pod.database.query(
    `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
  );
  const held = () =>
    pod.database.query(
      `SELECT FROM pg_locks WHERE locktype = 'advisory'
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
    );
  await waitFor(async () => (await held()).length === 0, { timeoutMs: 5_000, message: 'its end' });
}
