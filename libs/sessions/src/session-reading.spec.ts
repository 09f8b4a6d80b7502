import type { Database } from '@kubernest/db';
import { UnauthenticatedError, UnavailableError } from '@kubernest/errors';
import { Link, RunningServer, startRedis, waitFor } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RevocationFeed } from './revocation-feed';
import { SessionAuthentication } from './session-authentication';
import { SessionCache } from './session-cache';
import type { AuthenticatedSession } from './session-copy';
import { SessionReader } from './session-reader';
import { newKey, SessionTokens } from './session-token';
import { nowhere, Pod, SessionsFixture, signIn } from './testing/sessions-fixture';

let fixture: SessionsFixture;
let pod: Pod;
let redis: RunningServer;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  redis = await startRedis({ dir: join(folder, 'redis') });
  fixture = await SessionsFixture.start({ REDIS_URL: redis.url, SIGN_IN_LIMIT_PER_ADDRESS: '1000' });
  pod = await fixture.pod();
});

beforeEach(() => pod.caches());
afterEach(() => jest.restoreAllMocks());

afterAll(async () => {
  await fixture.stop();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

const authenticate = (token: string, by = pod): Promise<AuthenticatedSession> =>
  by.get(SessionAuthentication).authenticate(token);

const copyOf = (id: string, by = pod) => by.get(SessionCache).find(id);

async function cached(token: string): Promise<void> {
  const { id } = await authenticate(token);
  await waitFor(() => copyOf(id), { timeoutMs: 2_000, message: 'a copy in Redis' });
}

/** As if the session had last been used, and had been created, so long ago. */
async function age(id: string, seconds: number): Promise<void> {
  await pod.database.query(
    `UPDATE session SET last_used_at = last_used_at - make_interval(secs => $2),
       expires_at = expires_at - make_interval(secs => $2) WHERE id = $1`,
    [id, seconds],
  );
}

describe('reading a session', () => {
  it('takes no question to Postgres while Redis has a copy', async () => {
    const { token } = await signIn(pod);
    await cached(token);
    const find = jest.spyOn(pod.get(SessionReader), 'find');
    const get = jest.spyOn(pod.redis, 'get');
    const session = await authenticate(token);
    expect(find).not.toHaveBeenCalled();
    expect(get).toHaveBeenCalledTimes(1);
    jest.restoreAllMocks();
    await pod.redis.flushall();
    await expect(authenticate(token)).resolves.toEqual(session);
  });

  it('refuses a signed token with another key, whether or not there is a copy', async () => {
    const { session, expiresAt } = await signIn(pod);
    const forged = pod.get(SessionTokens).sign({ sessionId: session.id, key: newKey() }, new Date(expiresAt));
    await expect(authenticate(forged)).rejects.toBeInstanceOf(UnauthenticatedError);
    await waitFor(() => copyOf(session.id), { timeoutMs: 2_000, message: 'a copy in Redis' });
    await expect(authenticate(forged)).rejects.toBeInstanceOf(UnauthenticatedError);
  });

  it('does not extend a session for a token with another key', async () => {
    const { session, expiresAt } = await signIn(pod);
    await age(session.id, 400);
    const forged = pod.get(SessionTokens).sign({ sessionId: session.id, key: newKey() }, new Date(expiresAt));
    await expect(authenticate(forged)).rejects.toBeInstanceOf(UnauthenticatedError);
    const [row] = await pod.database.query<{ aged: boolean }>(
      `SELECT last_used_at < now() - interval '300 s' AS aged FROM session WHERE id = $1`,
      [session.id],
    );
    expect(row?.aged).toBe(true);
  });

  it('refuses a session that does not exist, and remembers that', async () => {
    const token = pod
      .get(SessionTokens)
      .sign({ sessionId: randomUUID(), key: newKey() }, new Date(Date.now() + 60_000));
    await expect(authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError);
    const find = jest.spyOn(pod.get(SessionReader), 'find');
    await expect(authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError);
    expect(find).not.toHaveBeenCalled();
  });

  it('refuses a session that has expired, also where a copy is left', async () => {
    const { token, session } = await signIn(pod);
    await cached(token);
    const copy = await copyOf(session.id);
    await pod.database.query(`UPDATE session SET expires_at = now() WHERE id = $1`, [session.id]);
    const readUntil = (copy as { readableUntilMs: number }).readableUntilMs;
    jest.spyOn(pod.get(RevocationFeed), 'databaseNowMs').mockReturnValue(readUntil);
    await expect(authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError);
  });

  it('goes on from Postgres when what Redis has is no copy, and goes on asking Redis', async () => {
    const { token, session } = await signIn(pod);
    await cached(token);
    const [key] = await pod.redis.keys(`*${session.id}`);
    const get = jest.spyOn(pod.redis, 'get');
    const oddities = ['', '{', '[]', 'null', '["x"]', `[9e15,"",null]`];
    for (const oddity of oddities) {
      await pod.redis.set(key ?? '', oddity);
      await expect(authenticate(token).then(({ id }) => id)).resolves.toBe(session.id);
    }
    expect(get).toHaveBeenCalledTimes(oddities.length);
  });

  it('refuses a forged token while Postgres and Redis are both away, and can tell nothing of a real one', async () => {
    const away = await fixture.podWithoutWaiting({
      DATABASE_URL: await nowhere(fixture.env['DATABASE_URL'] ?? ''),
      REDIS_URL: await nowhere(redis.url),
    });
    const { token } = await signIn(pod);
    const changed = token.slice(0, -2) + (token.at(-2) === 'A' ? 'B' : 'A') + token.slice(-1);
    await expect(authenticate(changed, away)).rejects.toBeInstanceOf(UnauthenticatedError);
    await expect(authenticate(token, away)).rejects.toBeInstanceOf(UnavailableError);
  });

  it('works without Redis', async () => {
    const without = await fixture.pod({ REDIS_URL: await nowhere(redis.url) });
    const { token, session } = await signIn(without);
    await expect(authenticate(token, without)).resolves.toMatchObject({ id: session.id });
  });

  it('waits for a paused Redis once, not at every request', async () => {
    const { token } = await signIn(pod);
    await cached(token);
    process.kill(redis.pid, 'SIGSTOP');
    const startedAt = performance.now();
    try {
      await authenticate(token);
      const get = jest.spyOn(pod.redis, 'get');
      await Promise.all(Array.from({ length: 20 }, () => authenticate(token)));
      expect(get).not.toHaveBeenCalled();
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    await waitFor(() => copyOf(sessionIdOf(token)), {
      timeoutMs: 5_000,
      message: 'copies to be used again',
    });
  });

  it('stops trusting copies while Postgres does not answer, and starts again', async () => {
    const link = await Link.to(fixture.env['DATABASE_URL'] ?? '');
    const linked = await fixture.pod({ DATABASE_URL: link.url, DATABASE_STATEMENT_TIMEOUT_MS: '200' });
    const feed = (await linked.caches()).get(RevocationFeed);
    link.cut();
    await waitFor(() => !feed.trustsCopies(), { timeoutMs: 2_000, message: 'copies not to be trusted' });
    link.heal();
    await waitFor(() => feed.trustsCopies(), { timeoutMs: 10_000, message: 'copies to be trusted again' });
    link.close();
  });
});

describe('using a session', () => {
  it('extends it, and tells when it ends now', async () => {
    const { token, session } = await signIn(pod);
    await age(session.id, 400);
    const { expiresAt, lastUsedAt } = await authenticate(token);
    expect(Date.parse(expiresAt)).toBeGreaterThan(Date.parse(session.expiresAt));
    expect(Date.parse(lastUsedAt)).toBeGreaterThan(Date.parse(session.lastUsedAt));
  });

  it.each(['read-only', 'full'])('goes on, without being extended, while Postgres is %s', async (how) => {
    const { token, session } = await signIn(pod);
    await age(session.id, 400);
    if (how === 'full') await failToUpdate();
    else await readOnlyDatabase(true);
    const other = await fixture.pod({ REDIS_URL: await nowhere(redis.url) });
    try {
      const { lastUsedAt } = await other.get(SessionAuthentication).authenticate(token);
      expect(Date.parse(lastUsedAt)).toBeLessThan(Date.now() - 300_000);
      // Each write that fails may cost a connection: not every request makes one.
      const before = await backendOf(other.database);
      for (let read = 0; read < 5; read++) await other.get(SessionAuthentication).authenticate(token);
      expect(await backendOf(other.database)).toBe(before);
    } finally {
      if (how === 'full') await pod.database.query('DROP FUNCTION fail_to_update CASCADE');
      else await readOnlyDatabase(false);
    }
  });

  it('never extends it beyond its absolute end', async () => {
    const { token, session } = await signIn(pod);
    await pod.database.query(
      `UPDATE session SET absolute_expires_at = now() + interval '1 day', expires_at = now() + interval '1 hour',
         last_used_at = now() - interval '1 day' WHERE id = $1`,
      [session.id],
    );
    const { expiresAt } = await authenticate(token);
    const leftMs = Date.parse(expiresAt) - Date.now();
    expect(leftMs).toBeGreaterThan(86_000_000);
    expect(leftMs).toBeLessThanOrEqual(86_400_000);
  });

  it('does not extend one that has expired', async () => {
    const { token, session } = await signIn(pod);
    await age(session.id, 8 * 86_400);
    await expect(authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError);
  });

  it('writes once in an interval, however many requests on two pods find it due at the same time', async () => {
    const other = await (await fixture.pod()).caches();
    const { token, session } = await signIn(pod);
    await age(session.id, 400);
    await pod.database.query(`CREATE TABLE write_log (id uuid)`);
    await pod.database.query(
      `CREATE FUNCTION log_write() RETURNS trigger LANGUAGE plpgsql AS
       'BEGIN INSERT INTO write_log VALUES (NEW.id); RETURN NEW; END'`,
    );
    await pod.database.query(
      `CREATE TRIGGER log_write BEFORE UPDATE ON session FOR EACH ROW EXECUTE FUNCTION log_write()`,
    );
    await Promise.all(Array.from({ length: 50 }, (_, n) => authenticate(token, n % 2 ? pod : other)));
    await authenticate(token);
    await pod.redis.flushall();
    await authenticate(token, other);
    await expect(
      pod.database.query('SELECT FROM write_log WHERE id = $1', [session.id]),
    ).resolves.toHaveLength(1);
    await pod.database.query('DROP TRIGGER log_write ON session');
  });

  it('is not hidden from Postgres by a copy when an extension is due before the copy ends', async () => {
    const { token, session } = await signIn(pod);
    await age(session.id, 290);
    await authenticate(token);
    const copy = await waitFor(() => copyOf(session.id), { timeoutMs: 2_000, message: 'a copy in Redis' });
    const readableMs = (copy as { readableUntilMs: number }).readableUntilMs - Date.now();
    expect(readableMs).toBeGreaterThan(5_000);
    expect(readableMs).toBeLessThanOrEqual(10_500);
  });
});

async function backendOf(database: Database): Promise<number | undefined> {
  const [row] = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
  return row?.pid;
}

function sessionIdOf(token: string): string {
  const [, body = ''] = token.split('.');
  return (JSON.parse(Buffer.from(body, 'base64url').toString()) as { sid: string }).sid;
}

/** For connections that are opened from now on; those that are open write on. */
async function readOnlyDatabase(on: boolean): Promise<void> {
  await pod.database.query(`DO $$ BEGIN EXECUTE format(
    'ALTER DATABASE %I SET default_transaction_read_only = ${on}', current_database()); END $$`);
}

async function failToUpdate(): Promise<void> {
  await pod.database.query(`CREATE FUNCTION fail_to_update() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE 'No space left on device' USING ERRCODE = '53100'; END $$`);
  await pod.database.query(
    `CREATE TRIGGER fail_to_update BEFORE UPDATE ON session FOR EACH ROW EXECUTE FUNCTION fail_to_update()`,
  );
}
