import { waitFor } from '@kubernest/testing';
import fc from 'fast-check';
import { randomUUID } from 'node:crypto';
import { Account } from './account.entity';
import { CleanupOptions, CleanupProgress, SessionCleanup } from './session-cleanup';
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

  it('does not delete a session that is extended while its batch is being deleted', async () => {
    const [first = '', second = ''] = await insert([-2_000, -1_000]);
    await expired(5);
    // The extension began before the session expired; it holds the row when the batch gets there.
    const deleted = await pod.database.transaction(async (manager) => {
      await manager.query(`UPDATE session SET expires_at = now() + interval '1 hour' WHERE id = ANY($1)`, [
        [first, second],
      ]);
      const running = run({ batchSize: 3 });
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
          run({ batchSize }).then(() => undefined),
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
