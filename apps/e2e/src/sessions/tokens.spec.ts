import { scratchFolder, startRedis, type RunningServer } from '@kubernest/testing';
import { Redis } from 'ioredis';
import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { AccountClient, PASSWORD, SignedIn } from './account-client';
import { Environment, freshEnvironment } from '../support/environment';
import { fieldValues } from '../support/http-answer';
import { leaks } from '../support/leaks';
import { exchange } from '../support/raw-connection';
import { killRunning, RunningApp } from '../support/running-app';
import { claimsOf, signed, signedRs256, unsigned } from './tokens';

const SECRET = randomBytes(32).toString('hex');
const PREVIOUS = randomBytes(32).toString('hex');
const ADA = 'ada-of-the-tokens@example.com';
const EVE = 'eve-of-the-tokens@example.com';

let folder: string;
/** Of this file alone, so that its commands can be counted. */
let redisServer: RunningServer;
let redis: Redis;
let environment: Environment;
let api: RunningApp;
let client: AccountClient;
let ada: SignedIn;
let eve: SignedIn;
beforeAll(async () => {
  folder = scratchFolder();
  redisServer = await startRedis({ dir: join(folder, 'redis') });
  redis = new Redis(redisServer.url);
  environment = await freshEnvironment({
    REDIS_URL: redisServer.url,
    JWT_SECRET: SECRET,
    JWT_SECRET_PREVIOUS: PREVIOUS,
    LOG_LEVEL: 'debug',
  });
  api = await (await RunningApp.start('api', environment.env)).ready();
  client = new AccountClient(api);
  ada = await client.join(ADA);
  eve = await client.join(EVE);
});
afterAll(async () => {
  await killRunning();
  await redis.quit();
  await redisServer.stop();
  await environment.close();
  await rm(folder, { recursive: true });
});

/** What the holder of a dead or forged token is told, whatever the reason. */
async function expectRefused(token: string): Promise<void> {
  const { status, headers, body } = await client.current(token);
  expect({ status, body: { ...body, requestId: '' }, challenge: headers.get('www-authenticate') }).toEqual({
    status: 401,
    body: {
      type: 'about:blank',
      title: 'Unauthorized',
      status: 401,
      code: 'unauthenticated',
      detail: expect.any(String),
      requestId: '',
    },
    challenge: 'Bearer',
  });
}

/** Commands that sessions are read and written with; not those of readiness, nor our own. */
async function redisCommands(): Promise<string[]> {
  const stats = await redis.info('commandstats');
  return stats.split('\r\n').filter((line) => /^cmdstat_(get|set|del|eval|incr|expire)/.test(line));
}

const forgeries: [what: string, make: () => string][] = [
  ['signed with another secret', () => signed(claimsOf(ada.token), randomBytes(32).toString('hex'))],
  ['signed with an empty secret', () => signed(claimsOf(ada.token), '')],
  ['of HS384 with the right secret', () => signed(claimsOf(ada.token), SECRET, 'HS384')],
  ['of HS512 with the right secret', () => signed(claimsOf(ada.token), SECRET, 'HS512')],
  ['of RS256 with a key of the attacker', () => signedRs256(claimsOf(ada.token))],
  ['of alg none', () => unsigned(claimsOf(ada.token))],
  ['of alg None', () => unsigned(claimsOf(ada.token), 'None')],
  ['that says HS256 and has no signature', () => unsigned(claimsOf(ada.token), 'HS256')],
  ['without its last character', () => ada.token.slice(0, -1)],
  ['without its signature', () => ada.token.split('.').slice(0, 2).join('.')],
  ['without its claims', () => ada.token.replace(/\..*\./, '..')],
  ['with a fourth part', () => `${ada.token}.x`],
  ['of 511 bytes of nothing', () => 'a'.repeat(511)],
  ['of 10 kB', () => `${ada.token}${'a'.repeat(10_000)}`],
  [
    'whose claims are of another account, under the signature of its own',
    () => [ada.token.split('.')[0], eve.token.split('.')[1], ada.token.split('.')[2]].join('.'),
  ],
  ['expired, though signed', () => signed({ ...claimsOf(ada.token), exp: 1_000_000_000 }, SECRET)],
  ['without an end, though signed', () => signed({ ...claimsOf(ada.token), exp: undefined }, SECRET)],
  ['whose end is a text, though signed', () => signed({ ...claimsOf(ada.token), exp: '9999999999' }, SECRET)],
  ['without a session, though signed', () => signed({ ...claimsOf(ada.token), sid: undefined }, SECRET)],
  [
    'whose session is no id, though signed',
    () => signed({ ...claimsOf(ada.token), sid: "' OR 1=1" }, SECRET),
  ],
  ['whose session is a list, though signed', () => signed({ ...claimsOf(ada.token), sid: ['x'] }, SECRET)],
  ['whose key is too short, though signed', () => signed({ ...claimsOf(ada.token), key: 'x' }, SECRET)],
];

describe('a token that is no token of ours', () => {
  test.each(forgeries)('%s is refused', async (_what, make) => {
    await expectRefused(make());
    expect((await client.current(ada.token)).status).toBe(200);
  });

  test('is refused without a command to Redis', async () => {
    const before = await redisCommands();
    for (const [, make] of forgeries) await expectRefused(make());
    expect(await redisCommands()).toEqual(before);
    // The count would have moved.
    await client.current(signed({ ...claimsOf(ada.token), sid: randomUUID() }, SECRET));
    expect(await redisCommands()).not.toEqual(before);
  });

  test('is refused without a question to Postgres: while nobody can read sessions', async () => {
    const locker = new Client({ connectionString: environment.env['DATABASE_URL'] });
    await locker.connect();
    try {
      await locker.query('BEGIN');
      await locker.query('LOCK TABLE session, account IN ACCESS EXCLUSIVE MODE');
      for (const [, make] of forgeries) await expectRefused(make());
      // Whoever has to ask waits, or is told that Postgres is too slow.
      const asking = client.current(signed({ ...claimsOf(ada.token), sid: randomUUID() }, SECRET));
      const waiting = await environmentSees("wait_event_type = 'Lock'", locker);
      expect(waiting).toBe(true);
      await locker.query('ROLLBACK');
      expect([401, 503]).toContain((await asking).status);
    } finally {
      await locker.end();
    }
  });
});

/** Whether some backend of this database comes to be in this state. */
async function environmentSees(state: string, viewer: Client): Promise<boolean> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const { rowCount } = await viewer.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND ${state}`,
    );
    if (rowCount) return true;
    await viewer.query('SELECT pg_sleep(0.02)');
  }
  return false;
}

describe('a token with a good signature', () => {
  test.each([
    ['the previous secret', () => signed(claimsOf(ada.token), PREVIOUS)],
    ['claims too many', () => signed({ ...claimsOf(ada.token), admin: true, sub: eve.session.id }, SECRET)],
  ])('with %s is that of its session and of no other', async (_what, make) => {
    const { status, body } = await client.current(make());
    expect(status).toBe(200);
    expect(body).toMatchObject({ account: { email: ADA }, session: { id: ada.session.id } });
  });

  test.each([
    ['the key of another account', () => ({ ...claimsOf(ada.token), key: claimsOf(eve.token).key })],
    ['the session of another account', () => ({ ...claimsOf(ada.token), sid: eve.session.id })],
    ['a key that nobody has', () => ({ ...claimsOf(ada.token), key: randomBytes(24).toString('base64url') })],
    ['a session that nobody has', () => ({ ...claimsOf(ada.token), sid: randomUUID() })],
  ])('but with %s is refused, and harms no session', async (_what, claims) => {
    const before = await environment.sql('SELECT * FROM session ORDER BY id');
    await expectRefused(signed(claims(), SECRET));
    expect(await environment.sql('SELECT * FROM session ORDER BY id')).toEqual(before);
    for (const { token } of [ada, eve]) expect((await client.current(token)).status).toBe(200);
  });

  test('is refused once its session was revoked, also when it is signed anew', async () => {
    const { token, session } = (await client.signIn(ADA)).body;
    expect((await client.call('DELETE', `/v1/sessions/${session.id}`, { token: ada.token })).status).toBe(
      204,
    );
    await expectRefused(token);
    await expectRefused(signed({ ...claimsOf(token), exp: 9_999_999_999 }, SECRET));
    await expectRefused(signed(claimsOf(token), PREVIOUS));
  });

  test('is refused once its session has expired in Postgres, whatever the token says', async () => {
    const { token, session } = (await client.signIn(ADA)).body;
    await environment.sql('UPDATE session SET expires_at = now() WHERE id = $1', [session.id]);
    await expectRefused(token);
  });
});

describe('the Authorization header field', () => {
  const status = async (lines: string) => {
    const head = `GET /v1/sessions/current HTTP/1.1\r\nHost: x\r\n${lines}\r\n\r\n`;
    const answer = await exchange(api.port, head);
    expect(fieldValues(answer, 'www-authenticate')).toEqual(answer.status === 401 ? ['Bearer'] : []);
    return answer.status;
  };

  test.each([
    ['in any case', 'authorization: bearer TOKEN', 200],
    ['with several spaces', 'Authorization:   BEARER   TOKEN  ', 200],
    ['with a tab in place of the space', 'Authorization: Bearer\tTOKEN', 401],
    ['without a space', 'Authorization: BearerTOKEN', 401],
    ['without the scheme', 'Authorization: TOKEN', 401],
    ['of another scheme', 'Authorization: Token TOKEN', 401],
    ['in quotes', 'Authorization: Bearer "TOKEN"', 401],
    ['with something after it', 'Authorization: Bearer TOKEN x', 401],
    ['twice in one', 'Authorization: Bearer TOKEN, Bearer TOKEN', 401],
    ['with another scheme before it', 'Authorization: Basic eDp5, Bearer TOKEN', 401],
    ['in a field of a proxy', 'Proxy-Authorization: Bearer TOKEN', 401],
    ['in a cookie', 'Cookie: authorization=TOKEN; token=TOKEN', 401],
    ['empty', 'Authorization:', 401],
  ])('%s', async (_what, line, expected) => {
    expect(await status(line.replaceAll('TOKEN', ada.token))).toBe(expected);
  });

  test('given twice counts once: the first, and the second does not help', async () => {
    expect(await status(`Authorization: Bearer x\r\nAuthorization: Bearer ${ada.token}`)).toBe(401);
  });

  test('is the only place that a token is taken from', async () => {
    for (const name of ['token', 'access_token', 'authorization'])
      expect((await client.call('GET', `/v1/sessions/current?${name}=${ada.token}`)).status).toBe(401);
  });
});

test('nothing of a token, a secret or an address is logged after all that', () => {
  const parts = [ada.token, eve.token].flatMap((token) => token.split('.').slice(1));
  const keys = [ada, eve].map(({ token }) => String(claimsOf(token).key));
  expect(leaks(api.output, [...parts, ...keys, SECRET, PREVIOUS, PASSWORD, ADA, EVE])).toEqual([]);
});
