import { waitFor } from '@kubernest/testing';
import type { Answer } from '../support/api-client';
import { AccountClient, PASSWORD, SignedIn } from './account-client';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';

let environment: Environment;
let pods: [RunningApp, RunningApp];
let one: AccountClient;
let other: AccountClient;

beforeAll(async () => {
  environment = await freshEnvironment({ SIGN_IN_LIMIT_PER_ADDRESS: '1000' });
  const started = await Promise.all([
    RunningApp.start('api', environment.env),
    RunningApp.start('api', environment.env),
  ]);
  pods = started;
  await Promise.all(pods.map((pod) => pod.ready()));
  one = new AccountClient(pods[0]);
  other = new AccountClient(pods[1]);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

interface PageOfSessions {
  sessions: { id: string }[];
  nextCursor: string | null;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('accounts', () => {
  test('are registered once, whatever the case of the address', async () => {
    const { status, body } = await one.register('Ada@Example.com');
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(String),
      email: 'ada@example.com',
      createdAt: expect.stringMatching(ISO),
    });
    const again = await other.register(' ada@example.COM ');
    expect(again.status).toBe(409);
    expect(again.body).toMatchObject({
      status: 409,
      code: 'email-taken',
      title: 'Conflict',
      type: 'about:blank',
    });
  });

  test('refuse bad input with every fault and its place, and unknown fields', async () => {
    const { status, headers, body } = await one.call('POST', '/v1/accounts', {
      body: { email: 'x', password: '1', admin: true },
    });
    expect(status).toBe(400);
    expect(headers.get('content-type')).toContain('application/problem+json');
    expect(body['code']).toBe('invalid-input');
    expect((body['errors'] as { pointer: string }[]).map(({ pointer }) => pointer).sort()).toEqual([
      '',
      '/email',
      '/password',
    ]);
  });
});

describe('a session', () => {
  test('is signed in to, shown, listed, and revoked', async () => {
    await one.register('grace@example.com');
    const signedIn = await one.signIn('grace@example.com');
    expect(signedIn.status).toBe(201);
    const { token, session } = signedIn.body;

    const current = await other.current(token);
    expect(current.status).toBe(200);
    expect(current.body).toMatchObject({
      account: { email: 'grace@example.com' },
      session: { id: session.id, current: true },
    });

    const second = (await other.signIn('grace@example.com')).body;
    const list = await one.call<{ sessions: { id: string; current: boolean }[] }>('GET', '/v1/sessions', {
      token,
    });
    expect(list.body.sessions.map(({ id, current }) => ({ id, current }))).toEqual([
      { id: second.session.id, current: false },
      { id: session.id, current: true },
    ]);

    expect((await one.call('DELETE', '/v1/sessions/current', { token })).status).toBe(204);
    expect((await one.current(token)).status).toBe(401);
    expect((await other.current(token)).status).toBe(401);
    expect((await other.current(second.token)).status).toBe(200);
  });

  test('can be revoked from another one, on the other pod, although a copy is cached on both', async () => {
    const [here, there] = await twoSessions('hopper@example.com');
    for (const client of [one, other]) expect((await client.current(there.token)).status).toBe(200);
    expect((await one.call('DELETE', `/v1/sessions/${there.session.id}`, { token: here.token })).status).toBe(
      204,
    );
    expect((await other.current(there.token)).status).toBe(401);
    expect((await one.current(here.token)).status).toBe(200);
    const again = await one.call('DELETE', `/v1/sessions/${there.session.id}`, { token: here.token });
    expect(again).toMatchObject({ status: 404, body: { code: 'session-not-found' } });
  });

  test('stays when its owner signs out everywhere else', async () => {
    const [here, there] = await twoSessions('lovelace@example.com');
    expect((await other.call('DELETE', '/v1/sessions', { token: here.token })).status).toBe(204);
    expect((await one.current(there.token)).status).toBe(401);
    expect((await one.current(here.token)).status).toBe(200);
  });

  test('of somebody else cannot be revoked, and is not told from one that does not exist', async () => {
    const mine = await one.join('mine@example.com');
    const theirs = await one.join('theirs@example.com');
    const answer = await one.call('DELETE', `/v1/sessions/${theirs.session.id}`, { token: mine.token });
    expect(answer).toMatchObject({ status: 404, body: { code: 'session-not-found' } });
    expect((await one.current(theirs.token)).status).toBe(200);
  });

  test('is listed page by page, each once', async () => {
    const first = await one.join('paging@example.com');
    for (let count = 1; count < 5; count++) await one.signIn('paging@example.com');
    const seen: string[] = [];
    let path: string | undefined = '/v1/sessions?limit=2';
    while (path) {
      const { body }: Answer<PageOfSessions> = await one.call('GET', path, { token: first.token });
      seen.push(...body.sessions.map(({ id }) => id));
      path = body.nextCursor
        ? `/v1/sessions?limit=2&cursor=${encodeURIComponent(body.nextCursor)}`
        : undefined;
    }
    expect(new Set(seen).size).toBe(5);
    expect(seen).toHaveLength(5);
  });

  test.each([
    ['none', {}],
    ['a forged one', { token: 'a.b.c' }],
    ['another scheme', { headers: { authorization: 'Basic eDp5' } }],
  ])('needs a token; with %s the answer is 401', async (_name, call) => {
    const { status, headers, body } = await one.call('GET', '/v1/sessions/current', call);
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toBe('Bearer');
    expect(body['code']).toBe('unauthenticated');
  });

  test('is not given for a wrong password or an unknown address, with the same answer', async () => {
    await one.register('known@example.com');
    const wrong = await one.signIn('known@example.com', 'not the password');
    const unknown = await one.signIn('unknown@example.com', 'not the password');
    expect(wrong.status).toBe(401);
    const comparable = ({ body }: { body: object }) => ({ ...body, requestId: '' });
    expect(comparable(wrong)).toEqual(comparable(unknown));
  });
});

describe('sign-in', () => {
  test('is refused on every pod after too many wrong passwords, and says when to try again', async () => {
    await one.register('target@example.com');
    for (let attempt = 0; attempt < 10; attempt++) {
      const client = attempt % 2 ? one : other;
      expect((await client.signIn('target@example.com', `wrong ${attempt}`)).status).toBe(401);
    }
    for (const client of [one, other]) {
      const refused = await client.signIn('target@example.com', PASSWORD);
      expect(refused.status).toBe(429);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    }
  });
});

describe('the log', () => {
  test('has one line per request with its id, and neither e-mail, password nor token', async () => {
    const { token } = await one.join('private@example.com');
    const answer = await one.call('GET', '/v1/sessions/current', {
      token,
      headers: { 'x-request-id': 'from-the-caller' },
    });
    expect(answer.headers.get('x-request-id')).toBe('from-the-caller');
    const line = await pods[0].waitForLog(({ requestId }) => requestId === 'from-the-caller', 'the request');
    expect(line).toMatchObject({ level: 'info', method: 'GET', route: '/v1/sessions/current', status: 200 });
    expect(pods[0].logs.filter(({ requestId }) => requestId === 'from-the-caller')).toHaveLength(1);
    for (const secret of ['private@example.com', PASSWORD, token, token.split('.')[2] ?? token]) {
      expect(pods[0].output).not.toContain(secret);
    }
  });

  test('gets a new request id where the caller sends none, or one that is not fit to be logged', async () => {
    const none = await one.call('GET', '/nowhere');
    expect(none.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
    expect(none).toMatchObject({
      status: 404,
      body: { code: 'no-such-route', requestId: none.headers.get('x-request-id') },
    });
    const bad = await one.call('GET', '/nowhere', { headers: { 'x-request-id': 'two words' } });
    expect(bad.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  });
});

describe('metrics', () => {
  test('are on their own port only, by route template', async () => {
    await one.call('GET', '/health/live');
    const text = await waitFor(
      async () => (await fetch(`http://127.0.0.1:${pods[0].metricsPort}/metrics`)).text(),
      { timeoutMs: 5_000, message: 'metrics' },
    );
    expect(text).toMatch(/http_requests_total\{method="GET",route="\/health\/live",status="200"\} \d+/);
    expect((await one.call('GET', '/metrics')).status).toBe(404);
  });
});

async function twoSessions(email: string): Promise<[SignedIn, SignedIn]> {
  const first = await one.join(email);
  return [first, (await one.signIn(email)).body];
}
