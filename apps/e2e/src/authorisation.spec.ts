import { ApiClient, PASSWORD, SignedIn } from './support/api-client';
import { ApiDescription, Route } from './support/api-description';
import { Environment, freshEnvironment } from './support/environment';
import { killRunning, RunningApp } from './support/running-app';
import { claimsOf, signed } from './support/tokens';

let environment: Environment;
let client: ApiClient;
let description: ApiDescription;
let ann: SignedIn;
let ben: SignedIn;
/** Of Ben's list of sessions, which has more than a page. */
let bensCursor: string;
beforeAll(async () => {
  environment = await freshEnvironment();
  const api = await (await RunningApp.start('api', environment.env)).ready();
  client = new ApiClient(api);
  description = await ApiDescription.of(api);
  ann = await client.join('ann@example.com');
  ben = await client.join('ben@example.com');
  await client.signIn('ben@example.com');
  const page = await client.call('GET', '/v1/sessions?limit=1', { token: ben.token });
  bensCursor = String(page.body['nextCursor']);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

interface Attempt {
  what: string;
  path: string;
  body?: () => object;
  /** What Ann is told; what is not in it may be told to anybody. */
  status: number;
  /** What her answer must hold, beside nothing of Ben. */
  holds?: () => object;
}

const attempt = (what: string, path: string, status: number, rest: Partial<Attempt> = {}): Attempt => ({
  what,
  path,
  status,
  ...rest,
});
const bensEmail = { email: 'ben@example.com' };

/**
 * By route: every way in which Ann, signed in, could touch or see what is Ben's. BEN, CURSOR and KEY stand for his
 * session, his cursor and the key of his token. A route without an entry fails: think of what it takes from a client.
 */
const attempts: Record<string, Attempt[]> = {
  'GET /health/live': [attempt('asks', '/health/live', 200)],
  'GET /health/ready': [attempt('asks', '/health/ready', 200)],
  'GET /health/startup': [attempt('asks', '/health/startup', 200)],
  'POST /v1/accounts': [
    attempt('registers his address', '/v1/accounts', 409, {
      body: () => ({ ...bensEmail, password: 'of my own' }),
    }),
    attempt('registers it in another case', '/v1/accounts', 409, {
      body: () => ({ email: ' BEN@example.COM', password: 'of my own' }),
    }),
    attempt('names an id', '/v1/accounts', 400, {
      body: () => ({ email: 'new@example.com', password: PASSWORD, id: claimsOf(ben.token).sid }),
    }),
  ],
  'POST /v1/sessions': [
    attempt('signs in with her own password', '/v1/sessions', 401, {
      body: () => ({ ...bensEmail, password: 'mine' }),
    }),
    attempt('signs in without one', '/v1/sessions', 400, { body: () => bensEmail }),
    attempt('signs in with an account id', '/v1/sessions', 400, {
      body: () => ({ ...bensEmail, password: 'x', accountId: 'x' }),
    }),
  ],
  'GET /v1/sessions': [
    attempt('lists', '/v1/sessions', 200, { holds: () => ({ sessions: [{ id: ann.session.id }] }) }),
    attempt('goes on with his cursor', '/v1/sessions?cursor=CURSOR', 200, {
      holds: () => ({ nextCursor: null }),
    }),
    attempt('names his account', '/v1/sessions?accountId=BEN', 400),
    attempt('names his session', '/v1/sessions?id=BEN', 400),
  ],
  'DELETE /v1/sessions': [
    attempt('signs out everywhere else', '/v1/sessions', 204),
    attempt('names his account', '/v1/sessions?accountId=BEN', 204),
  ],
  'GET /v1/sessions/current': [
    attempt('asks who she is', '/v1/sessions/current', 200, {
      holds: () => ({ account: { email: 'ann@example.com' }, session: { id: ann.session.id } }),
    }),
    attempt('names his session', '/v1/sessions/current?id=BEN', 200, {
      holds: () => ({ session: { id: ann.session.id } }),
    }),
  ],
  'DELETE /v1/sessions/{id}': [
    attempt('names his session', '/v1/sessions/BEN', 404),
    attempt('writes it in capitals', '/v1/sessions/UPPER', 404),
    attempt('names it after hers', '/v1/sessions/ANN%2CBEN', 404),
    attempt('names the key of his token', '/v1/sessions/KEY', 404),
    attempt('makes a path of it', '/v1/sessions/BEN%2F..%2FBEN', 404),
  ],
  // The last: hers is gone afterwards, and each of these attempts signs in anew.
  'DELETE /v1/sessions/current': [
    attempt('signs out', '/v1/sessions/current', 204),
    attempt('names his session', '/v1/sessions/current?id=BEN', 204),
  ],
};

function pathOf({ path }: Attempt): string {
  return path
    .replaceAll('BEN', ben.session.id)
    .replaceAll('ANN', ann.session.id)
    .replaceAll('UPPER', ben.session.id.toUpperCase())
    .replaceAll('CURSOR', bensCursor)
    .replaceAll('KEY', String(claimsOf(ben.token).key));
}

/** All that is Ben's, in Postgres. */
const bensState = () =>
  environment.sql(
    `SELECT account.*, (SELECT json_agg(session ORDER BY id) FROM session WHERE account_id = account.id) AS sessions
     FROM account WHERE email = 'ben@example.com'`,
  );

const call = ({ method }: Route, one: Attempt, token: string) =>
  client.call(method, pathOf(one), { token, ...(one.body && { body: one.body() }) });

test('every route of the OpenAPI document has attempts, and there are none for other routes', () => {
  expect(Object.keys(attempts).sort()).toEqual(description.routes.map(({ name }) => name).sort());
});

describe.each(Object.entries(attempts))('%s', (name, ways) => {
  test.each(ways.map((way) => [way.what, way] as const))(
    'when Ann %s: nothing of Ben is told or changed',
    async (_what, way) => {
      const before = await bensState();
      const answer = await call(description.route(name), way, ann.token);
      if (name === 'DELETE /v1/sessions/current') ann = (await client.signIn('ann@example.com')).body;
      expect(answer.status).toBe(way.status);
      expect(answer.body).toMatchObject(way.holds?.() ?? {});
      if (answer.status < 300) {
        expect(JSON.stringify(answer.body)).not.toContain(ben.session.id);
        expect(JSON.stringify(answer.body)).not.toContain('ben@example.com');
      }
      expect(await bensState()).toEqual(before);
      expect((await client.current(ben.token)).status).toBe(200);
    },
  );

  test('needs a session where it says so: no token, that of a revoked session and a mix of two are all 401', async () => {
    const route = description.route(name);
    const isOpen = !route.security;
    const revoked = (await client.signIn('ann@example.com')).body.token;
    await client.call('DELETE', '/v1/sessions/current', { token: revoked });
    const [head, , signature] = ann.token.split('.');
    const mixed = `${head ?? ''}.${ben.token.split('.')[1] ?? ''}.${signature ?? ''}`;
    const swapped = signed(
      { ...claimsOf(ann.token), sid: claimsOf(ben.token).sid },
      environment.env['JWT_SECRET'] ?? '',
    );
    const before = await bensState();
    const path = route.path.replace('{id}', ben.session.id);
    for (const token of [undefined, revoked, mixed, swapped]) {
      const answer = await client.call(route.method, path, token === undefined ? {} : { token });
      if (isOpen) expect(answer.status).not.toBe(401);
      else expect(answer.status).toBe(401);
    }
    expect(await bensState()).toEqual(before);
  });
});

test('only the probes, registration and sign-in are open to everybody', () => {
  const open = description.routes.filter(({ security }) => !security).map(({ name }) => name);
  expect(open.sort()).toEqual([
    'GET /health/live',
    'GET /health/ready',
    'GET /health/startup',
    'POST /v1/accounts',
    'POST /v1/sessions',
  ]);
});
