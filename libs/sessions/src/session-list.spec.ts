import { InvalidInputError, NotFoundError, UnauthenticatedError } from '@kubernest/errors';
import { randomUUID } from 'node:crypto';
import { pageSchema } from './inputs';
import { SessionAuthentication } from './session-authentication';
import type { AuthenticatedSession } from './session-copy';
import { SessionsService } from './sessions.service';
import { newEmail, Pod, SessionsFixture, signIn, signInAgain } from './testing/sessions-fixture';

let fixture: SessionsFixture;
let pod: Pod;
let sessions: SessionsService;

beforeAll(async () => {
  fixture = await SessionsFixture.start({ SIGN_IN_LIMIT_PER_ADDRESS: '1000' });
  pod = await (await fixture.pod()).caches();
  sessions = pod.get(SessionsService);
});

afterAll(() => fixture.stop());

const authenticate = (token: string) => pod.get(SessionAuthentication).authenticate(token);

/** Somebody with that many sessions, oldest first; the last one is the current one. */
async function somebody(count: number) {
  const first = await signIn(pod);
  const signedIn = [first];
  for (let n = 1; n < count; n += 1)
    signedIn.push({ ...(await signInAgain(pod, first.email)), email: first.email });
  const current = await authenticate(signedIn.at(-1)?.token ?? '');
  return {
    current,
    ids: signedIn.map(({ session }) => session.id),
    tokens: signedIn.map(({ token }) => token),
  };
}

async function pagesOf(current: AuthenticatedSession, limit: number): Promise<string[][]> {
  const pages: string[][] = [];
  let cursor: string | undefined;
  do {
    const page = await sessions.list(current, { limit, cursor });
    pages.push(page.sessions.map(({ id }) => id));
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  return pages;
}

describe('the list of sessions', () => {
  it('has the newest first, in pages, each session once', async () => {
    const { current, ids } = await somebody(5);
    const newestFirst = ids.toReversed();
    await expect(pagesOf(current, 2)).resolves.toEqual([
      newestFirst.slice(0, 2),
      newestFirst.slice(2, 4),
      newestFirst.slice(4),
    ]);
    await expect(pagesOf(current, 5)).resolves.toEqual([newestFirst]);
  });

  it('has each session once when all began in the same millisecond', async () => {
    const { current, ids } = await somebody(5);
    await pod.database.query(
      `UPDATE session SET created_at = '2026-01-01T00:00:00.123Z' WHERE account_id = $1`,
      [current.accountId],
    );
    const pages = await pagesOf(current, 2);
    expect(pages.flat().toSorted()).toEqual(ids.toSorted());
  });

  it('tells which one is the current one, and holds no secret', async () => {
    const { current } = await somebody(2);
    const { sessions: listed } = await sessions.list(current, { limit: 20 });
    expect(listed.map((session) => session.current)).toEqual([true, false]);
    expect(Object.keys(listed[0] ?? {}).toSorted()).toEqual(
      ['address', 'createdAt', 'current', 'expiresAt', 'id', 'lastUsedAt', 'userAgent'].toSorted(),
    );
  });

  it('leaves out those of others, and those that have expired', async () => {
    const { current, ids } = await somebody(3);
    await somebody(1);
    await pod.database.query('UPDATE session SET expires_at = now() WHERE id = $1', [ids[0]]);
    await expect(pagesOf(current, 20)).resolves.toEqual([[ids[2], ids[1]]]);
  });

  it.each(['x', '', 'MTIz', Buffer.from(`1.${randomUUID()}'`).toString('base64url'), 'é', 'A'.repeat(200)])(
    'refuses the cursor %j',
    async (cursor) => {
      const { current } = await somebody(1);
      await expect(sessions.list(current, { limit: 20, cursor })).rejects.toBeInstanceOf(InvalidInputError);
    },
  );

  it('takes a limit from 1 to 100, and 20 when it is left out', () => {
    expect(pageSchema.parse({})).toEqual({ limit: 20 });
    expect(pageSchema.parse({ limit: '100' })).toEqual({ limit: 100 });
    for (const limit of ['0', '101', '1.5', 'many', ''])
      expect(pageSchema.safeParse({ limit }).success).toBe(false);
    expect(pageSchema.safeParse({ page: '2' }).success).toBe(false);
  });
});

describe('signing out', () => {
  it('here ends this session and no other', async () => {
    const { current, tokens } = await somebody(2);
    await sessions.revokeCurrent(current);
    await expect(authenticate(tokens[1] ?? '')).rejects.toBeInstanceOf(UnauthenticatedError);
    await expect(authenticate(tokens[0] ?? '')).resolves.toBeDefined();
  });

  it('here a second time is no error', async () => {
    const { current } = await somebody(1);
    await sessions.revokeCurrent(current);
    await expect(sessions.revokeCurrent(current)).resolves.toBeUndefined();
  });

  it('there ends that session and no other', async () => {
    const { current, ids, tokens } = await somebody(3);
    await sessions.revoke(current, ids[0] ?? '');
    await expect(authenticate(tokens[0] ?? '')).rejects.toBeInstanceOf(UnauthenticatedError);
    await expect(pagesOf(current, 20)).resolves.toEqual([[ids[2], ids[1]]]);
  });

  it('everywhere else leaves this session and those of others', async () => {
    const { current, ids, tokens } = await somebody(4);
    const other = await somebody(1);
    await sessions.revokeOthers(current);
    for (const token of tokens.slice(0, 3))
      await expect(authenticate(token)).rejects.toBeInstanceOf(UnauthenticatedError);
    await expect(pagesOf(current, 20)).resolves.toEqual([[ids[3]]]);
    await expect(pagesOf(other.current, 20)).resolves.toEqual([other.ids]);
  });

  it('of a session that is not mine, has expired, is gone, or is no session is an error', async () => {
    const { current, ids } = await somebody(3);
    const other = await somebody(1);
    await pod.database.query('UPDATE session SET expires_at = now() WHERE id = $1', [ids[0]]);
    await sessions.revoke(current, ids[1] ?? '');
    for (const id of [other.ids[0] ?? '', ids[0] ?? '', ids[1] ?? '', randomUUID(), 'x'])
      await expect(sessions.revoke(current, id)).rejects.toBeInstanceOf(NotFoundError);
    await expect(authenticate(other.tokens[0] ?? '')).resolves.toBeDefined();
  });
});

describe('what is stored', () => {
  it('cannot be replayed by whoever reads the database and Redis', async () => {
    const { token } = await signIn(pod, newEmail());
    const { id } = await authenticate(token);
    const { key } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      key: string;
    };
    const tables = ['account', 'session', 'session_revocation'];
    const rows = await Promise.all(
      tables.map((table) => pod.database.query<{ row: string }>(`SELECT t::text AS row FROM ${table} t`)),
    );
    const keys = await pod.redis.keys(`${fixture.env['REDIS_KEY_PREFIX']}:*`);
    const values = await Promise.all(keys.map((name) => pod.redis.get(name)));
    const stored = [...rows.flat().map(({ row }) => row), ...keys, ...values].join('\n');
    expect(stored).toContain(id);
    const encodings = (['hex', 'base64', 'base64url'] as const).flatMap((encoding) => [
      Buffer.from(key, 'base64url').toString(encoding),
      Buffer.from(key).toString(encoding),
    ]);
    for (const secret of [token, token.split('.')[2] ?? '', key, ...encodings])
      expect(stored).not.toContain(secret);
  });
});
