import { waitFor } from '@kubernest/testing';
import { Logger } from '@nestjs/common';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { Account } from './account.entity';
import { CleanupOptions, CleanupProgress, SessionCleanup } from './session-cleanup';
import { pagesAreQuicker } from './session-cleanup-batches';
import { SessionReader } from './session-reader';
import { newEmail, Pod, SessionsFixture } from './testing/sessions-fixture';

const FULL_SPEED = { pauseMs: 0 };
const KEY_HASH = Buffer.alloc(32, 1);

let fixture: SessionsFixture;
let pod: Pod;
let accountId: string;

beforeAll(async () => {
  fixture = await SessionsFixture.start({ DATABASE_POOL_MAX: '10' });
  pod = await fixture.pod();
  accountId = randomUUID();
  const account = { id: accountId, email: newEmail(), passwordHash: 'x' };
  await pod.database.run((manager) => manager.insert(Account, account));
});

beforeEach(() => pod.database.query('DELETE FROM session'));
afterAll(() => fixture.stop());

const run = (options: CleanupOptions = {}, by = pod) =>
  by.get(SessionCleanup).run({ ...FULL_SPEED, ...options });

/** Sessions that end so many milliseconds from now; negative: that have ended. */
async function insert(endsInMs: readonly number[]): Promise<string[]> {
  const rows = await pod.database.query<{ id: string }>(
    `INSERT INTO session (id, account_id, key_hash, last_used_at, expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), $1, $2, now() - interval '1 day', now() + ms * interval '1 ms', now() + interval '30 days'
     FROM unnest($3::float8[]) WITH ORDINALITY AS given (ms, n) ORDER BY n RETURNING id`,
    [accountId, KEY_HASH, endsInMs],
  );
  return rows.map(({ id }) => id);
}

const expired = (count: number) => insert(Array.from({ length: count }, (_, n) => -1 - n));

async function left(): Promise<string[]> {
  const rows = await pod.database.query<{ id: string }>('SELECT id FROM session');
  return rows.map(({ id }) => id);
}

describe('the cleanup of sessions', () => {
  it('deletes every session that has expired, and no other', async () => {
    const live = await insert([60_000, 3_600_000]);
    await expired(25);
    await expect(run({ batchSize: 10 })).resolves.toEqual({ outcome: 'done', deleted: 25, batches: 3 });
    expect((await left()).toSorted()).toEqual(live.toSorted());
  });

  it('ends at once when nothing has expired', async () => {
    await insert([60_000]);
    await expect(run()).resolves.toEqual({ outcome: 'done', deleted: 0, batches: 1 });
  });

  it('deletes all of a batch and more that expired at the same moment', async () => {
    await insert(Array<number>(25).fill(-1_000));
    await expect(run({ batchSize: 10 })).resolves.toMatchObject({ outcome: 'done', deleted: 25 });
  });

  it('reports an estimate at the start, and what it deleted after each batch', async () => {
    await expired(25);
    await pod.database.query('ANALYZE session');
    const reports: CleanupProgress[] = [];
    await run({ batchSize: 10, onProgress: (progress) => reports.push(progress) });
    expect(reports.map(({ deleted }) => deleted)).toEqual([0, 10, 20, 25]);
    expect(reports[0]?.estimated).toBeGreaterThan(15);
    expect(reports[0]?.estimated).toBeLessThan(35);
  });

  it('finds its batches through the index', async () => {
    await insert(Array.from({ length: 2_000 }, (_, n) => 60_000 + n));
    await expired(1_000);
    await pod.database.query('ANALYZE session');
    const before = await indexScans();
    await run({ batchSize: 10 });
    await waitFor(async () => (await indexScans()) >= before + 100, {
      timeoutMs: 5_000,
      message: 'the statistics to count a scan of session_expires_at_idx for each batch',
    });
  });

  it('stops between two batches when told to, and the next run goes on from there', async () => {
    await expired(30);
    const stopping = new AbortController();
    const onProgress = ({ batches }: CleanupProgress) => {
      if (batches === 2) stopping.abort();
    };
    const stopped = await run({ batchSize: 10, signal: stopping.signal, onProgress });
    expect(stopped).toEqual({ outcome: 'stopped', deleted: 20, batches: 2 });
    await expect(run({ batchSize: 10 })).resolves.toMatchObject({ outcome: 'done', deleted: 10 });
  });

  it('does not sit out its pause when told to stop', async () => {
    await expired(30);
    const stopping = new AbortController();
    const options = { batchSize: 10, pauseMs: 60_000, signal: stopping.signal };
    const running = run({
      ...options,
      onProgress: ({ batches }) => batches === 1 && setTimeout(() => stopping.abort(), 50),
    });
    await expect(running).resolves.toEqual({ outcome: 'stopped', deleted: 10, batches: 1 });
  });

  it('does nothing when told to stop before it began', async () => {
    await expired(5);
    await expect(run({ signal: AbortSignal.abort() })).resolves.toEqual({
      outcome: 'stopped',
      deleted: 0,
      batches: 0,
    });
  });

  it('is done by one run at a time, also of two processes', async () => {
    await expired(20);
    const other = await fixture.pod();
    const inside: unknown[] = [];
    const onProgress = async ({ batches }: CleanupProgress) => {
      if (batches === 1) inside.push(await run({}, other), await run({}, pod));
    };
    await expect(run({ batchSize: 10, onProgress })).resolves.toMatchObject({ outcome: 'done', deleted: 20 });
    const locked = { outcome: 'locked', deleted: 0, batches: 0 };
    expect(inside).toEqual([locked, locked]);
    await expect(run({}, other)).resolves.toMatchObject({ outcome: 'done' });
  });

  it('keeps what it deleted before a failure, undoes the batch that failed, and frees the lock', async () => {
    await expired(20);
    await failToDelete(
      `OLD.expires_at > now() - interval '1 minute' AND NOT EXISTS (SELECT FROM session OFFSET 10)`,
    );
    await expect(run({ batchSize: 5 })).rejects.toThrow('not this one');
    await pod.database.query('DROP TRIGGER fail_to_delete ON session');
    await expect(left()).resolves.toHaveLength(10);
    const other = await fixture.pod();
    await expect(run({}, other)).resolves.toMatchObject({ outcome: 'done', deleted: 10 });
  });

  it('frees the lock when a report fails, and when its connection is lost', async () => {
    await expired(20);
    const report = run({ onProgress: () => Promise.reject(new Error('nobody listens')) });
    await expect(report).rejects.toThrow('nobody listens');
    const onProgress = () =>
      pod.database.query(
        `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      );
    await expect(run({ onProgress })).rejects.toThrow();
    await expect(run()).resolves.toMatchObject({ outcome: 'done' });
  });

  it('leaves the connection as it was: what others commit is on the disk', async () => {
    await pod.database.query(`DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET synchronous_commit = local', current_database()); END $$`);
    const single = await fixture.pod({ DATABASE_POOL_MAX: '1' });
    await run({}, single);
    await expect(single.database.query('SHOW synchronous_commit')).resolves.toEqual([
      { synchronous_commit: 'local' },
    ]);
  });
});

describe.each(['index', 'pages'] as const)('the cleanup of sessions by %s', (by) => {
  it('does not delete a session that is extended while its batch is being deleted', async () => {
    const [first = '', second = ''] = await insert([-2_000, -1_000]);
    await expired(5);
    // The extension began before the session expired; it holds the row when the batch gets there.
    const deleted = await pod.database.transaction(async (manager) => {
      await manager.query(`UPDATE session SET expires_at = now() + interval '1 hour' WHERE id = ANY($1)`, [
        [first, second],
      ]);
      const running = run({ by, batchSize: 3 });
      await waitFor(() => someoneWaitsForARow(), {
        timeoutMs: 5_000,
        message: 'the cleanup to wait for the row',
      });
      return { running };
    });
    await expect(deleted.running).resolves.toMatchObject({ outcome: 'done', deleted: 5 });
    expect((await left()).toSorted()).toEqual([first, second].toSorted());
  });

  it('never deletes a live session, whatever signs in and is extended meanwhile', async () => {
    const reader = pod.get(SessionReader);
    const ends = fc.array(fc.integer({ min: -3_000, max: 300 }), { maxLength: 40 });
    const property = fc.asyncProperty(
      ends,
      ends,
      fc.integer({ min: 1, max: 7 }),
      async (before, during, batchSize) => {
        await pod.database.query('DELETE FROM session');
        const ids = await insert(before);
        const found = await Promise.all([
          run({ by, batchSize }).then(() => undefined),
          insert(during).then(() => undefined),
          ...ids.map((id) => reader.find(id, KEY_HASH)),
        ]);
        const extended = found.flatMap((read) => (read ? [read.session.id] : []));
        const remaining = new Set(await left());
        expect(extended.filter((id) => !remaining.has(id))).toEqual([]);
        const inserted = during.filter((ms) => ms > 200).length;
        expect(remaining.size).toBeGreaterThanOrEqual(extended.length + inserted);
      },
    );
    await fc.assert(property, { numRuns: 60 });
  });
});

describe('the cleanup of sessions by pages', () => {
  /** Thirty or so fit into a page. */
  const MIXED = Array.from({ length: 400 }, (_, n) => (n % 2 === 0 ? -1 - n : 60_000 + n));

  // Not only deleted, which would leave pages of dead rows.
  beforeEach(() => pod.database.query('TRUNCATE session'));

  it('deletes every session that has expired, and no other', async () => {
    const ids = await insert(MIXED);
    await expect(run({ by: 'pages', batchSize: 50 })).resolves.toMatchObject({
      outcome: 'done',
      deleted: 200,
    });
    expect((await left()).toSorted()).toEqual(ids.filter((_, n) => n % 2 === 1).toSorted());
  });

  it('deletes about a batch at a time when it knows how many there are', async () => {
    await insert(MIXED);
    await pod.database.query('ANALYZE session');
    const reports: CleanupProgress[] = [];
    await run({ by: 'pages', batchSize: 50, onProgress: (progress) => reports.push(progress) });
    const batches = reports.slice(1).map(({ deleted }, n) => deleted - (reports[n]?.deleted ?? 0));
    expect(batches.length).toBeGreaterThanOrEqual(4);
    expect(Math.max(...batches)).toBeLessThanOrEqual(100);
  });

  it('goes on where the last run stopped, without a pause at the pages that are clean', async () => {
    await insert(MIXED);
    await pod.database.query('ANALYZE session');
    const stopping = new AbortController();
    const onProgress = ({ batches }: CleanupProgress) => {
      if (batches === 3) stopping.abort();
    };
    const options = { by: 'pages', batchSize: 1 } as const;
    const stopped = await run({ ...options, signal: stopping.signal, onProgress });
    expect(stopped).toMatchObject({ outcome: 'stopped', batches: 3 });
    const again = new AbortController();
    const resumed = await run({
      ...options,
      pauseMs: 60_000,
      signal: again.signal,
      onProgress: ({ deleted }) => deleted > 0 && again.abort(),
    });
    expect(resumed).toMatchObject({ outcome: 'stopped', batches: 4 });
    await expect(run(options)).resolves.toMatchObject({
      outcome: 'done',
      deleted: 200 - stopped.deleted - resumed.deleted,
    });
  });

  it('is chosen for a large table of which a large part has expired', async () => {
    const log = jest.spyOn(Logger.prototype, 'log');
    // Nine to a page.
    await pod.database.query('ALTER TABLE session SET (fillfactor = 17)');
    for (let part = 0; part < 4; part++) await expired(25_000);
    await pod.database.query('ALTER TABLE session RESET (fillfactor)');
    await pod.database.query('ANALYZE session');
    await expect(run()).resolves.toMatchObject({ outcome: 'done', deleted: 100_000 });
    expect(log).toHaveBeenCalledWith(expect.objectContaining({ by: 'pages' }));
    log.mockRestore();
  });

  it.each([
    { expired: 'half', of: 'a large table', estimated: 1_000_000, pages: 64_500, chosen: true },
    { expired: 'a seventh', of: 'a large table', estimated: 280_000, pages: 64_500, chosen: false },
    { expired: 'nothing', of: 'a large table', estimated: 1, pages: 64_500, chosen: false },
    { expired: 'all', of: 'a small table', estimated: 30_000, pages: 1_000, chosen: false },
    { expired: 'nothing', of: 'an empty table', estimated: 0, pages: 0, chosen: false },
  ])('is chosen when $expired of $of has expired: $chosen', ({ estimated, pages, chosen }) => {
    expect(pagesAreQuicker({ cutoff: 'now', estimated, pages })).toBe(chosen);
  });
});

async function indexScans(): Promise<number> {
  const [row] = await pod.database.query<{ scans: number }>(
    `SELECT idx_scan::int AS scans FROM pg_stat_user_indexes WHERE indexrelname = 'session_expires_at_idx'`,
  );
  return row?.scans ?? 0;
}

async function failToDelete(when: string): Promise<void> {
  await pod.database.query(
    `CREATE FUNCTION fail_to_delete() RETURNS trigger LANGUAGE plpgsql AS
     $$ BEGIN IF ${when} THEN RAISE 'not this one'; END IF; RETURN OLD; END $$`,
  );
  await pod.database.query(
    `CREATE TRIGGER fail_to_delete BEFORE DELETE ON session FOR EACH ROW EXECUTE FUNCTION fail_to_delete()`,
  );
}

async function someoneWaitsForARow(): Promise<boolean> {
  const rows = await pod.database.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  );
  return rows.length > 0;
}
