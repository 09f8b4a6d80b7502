import { scratchFolder, startRedis, waitFor } from '@kubernest/testing';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Environment, freshEnvironment } from './support/environment';
import { leaks } from './support/leaks';
import { shapeFaults } from './support/log-shape';
import { ACCOUNTS, NotedRequests, SESSIONS } from './support/noted-requests';
import { exchange, RawConnection } from './support/raw-connection';
import { killRunning, RunningApp } from './support/running-app';

const CLIENTS = 8;
const WRONG_PASSWORD = 'a wrong guess of mine';
const IN_A_QUERY = 'told-in-a-query';
const IN_A_PATH = 'told-in-a-path';
const IN_A_BODY = 'told-in-a-body';

let environment: Environment;
let api: RunningApp;
let worker: RunningApp;
let requests: NotedRequests;

beforeAll(async () => {
  environment = await freshEnvironment({
    LOG_LEVEL: 'trace',
    SIGN_IN_LIMIT_PER_ADDRESS: '1000',
    SESSION_CLEANUP_SCHEDULE: '* * * * * *',
  });
  api = await RunningApp.start('api', environment.env);
  worker = await RunningApp.start('worker', environment.env);
  await Promise.all([api.ready(), worker.ready()]);
  requests = new NotedRequests(api);
  const secret = environment.env['JWT_SECRET'] ?? '';
  requests.secrets.push(secret, WRONG_PASSWORD, IN_A_QUERY, IN_A_PATH, IN_A_BODY);
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => useEverything(index)));
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

const CURRENT = '/v1/sessions/current';
const UNMATCHED = { method: 'GET', route: 'unmatched' };
/** Of useEverything. */
const PER_CLIENT = 12;

/** One client, from its registration to its sign-out, with mistakes. */
async function useEverything(index: number): Promise<void> {
  const email = `client-${index}@example.com`;
  const { body, accountId, token, session } = await requests.join(email, `the password of ${index}`);
  const send = requests.send.bind(requests);
  const wrong = { email, password: WRONG_PASSWORD };
  await send({ method: 'POST', route: ACCOUNTS, status: 409 }, ACCOUNTS, { body });
  await send({ method: 'POST', route: SESSIONS, status: 401 }, SESSIONS, { body: wrong });
  const current = { method: 'GET', route: CURRENT };
  const list = { method: 'GET', route: SESSIONS, accountId };
  const signOut = { method: 'DELETE', route: '/v1/sessions/:id', accountId };
  const forged = `${token.slice(0, -3)}abc`;
  await Promise.all([
    send({ ...current, status: 200, accountId }, CURRENT, { token }),
    send({ ...current, status: 401 }, `${CURRENT}?secret=${IN_A_QUERY}`, { token: forged }),
    send({ ...list, status: 200 }, `${SESSIONS}?limit=5`, { token }),
    send({ ...list, status: 400 }, `${SESSIONS}?cursor=${IN_A_QUERY}`, { token }),
    send({ ...signOut, status: 404 }, `${SESSIONS}/${randomUUID()}`, { token }),
    send({ ...UNMATCHED, status: 404 }, `/${IN_A_PATH}?secret=${IN_A_QUERY}`, { token }),
    send({ ...UNMATCHED, status: 400 }, `/${IN_A_PATH}/%zz`, { token }),
  ]);
  await send({ ...signOut, status: 204 }, `${SESSIONS}/${session.id}`, { token });
}

const linesOfRequests = () =>
  api.logs.filter(({ context, route }) => context === 'Request' && !String(route).startsWith('/health/'));

async function expectOneLineEach(): Promise<void> {
  await waitFor(() => linesOfRequests().length >= requests.byId.size, {
    timeoutMs: 10_000,
    message: 'a line for each request',
  });
  const lines = linesOfRequests();
  for (const [requestId, noted] of requests.byId)
    expect(lines.filter((line) => line['requestId'] === requestId)).toEqual([
      {
        level: 'info',
        time: expect.any(String) as string,
        service: 'api',
        context: 'Request',
        msg: noted.status === 499 ? 'request aborted by the client' : 'request',
        requestId,
        durationMs: expect.any(Number) as number,
        ...noted,
      },
    ]);
  expect(lines).toHaveLength(requests.byId.size);
}

test('every request of a mixed load has exactly one line, with its own route, status, duration, id and account', async () => {
  expect(requests.byId.size).toBe(CLIENTS * PER_CLIENT);
  await expectOneLineEach();
});

async function waitingForPostgres(): Promise<number> {
  await environment.sql('SELECT pg_stat_clear_snapshot()');
  const statement = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'api'`;
  return (await environment.sql(statement)).length;
}

test('so has one whose client goes while it is worked on, and one that stood behind it', async () => {
  const { body, accountId, token } = await requests.join('impatient@example.com', 'the password of nobody');
  const other = await requests.send({ method: 'POST', route: SESSIONS, status: 201 }, SESSIONS, { body });
  requests.secrets.push(other.token);
  const signOut = { method: 'DELETE', route: '/v1/sessions/:id', status: 499, accountId };
  const ids = [requests.note(signOut), requests.note(signOut)];
  const bytes = (id: string) =>
    `DELETE ${SESSIONS}/${other.session.id} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nX-Request-Id: ${id}\r\n\r\n`;
  await environment.sql('BEGIN');
  await environment.sql('SELECT FROM session WHERE id = $1 FOR UPDATE', [other.session.id]);
  const connection = await RawConnection.open(api.port);
  connection.send(ids.map(bytes).join(''));
  await waitFor(async () => (await waitingForPostgres()) >= ids.length, {
    timeoutMs: 10_000,
    message: 'both requests to wait for Postgres',
  });
  connection.reset();
  await api.waitForLog(({ status }) => status === 499, 'a request whose client has gone');
  await environment.sql('ROLLBACK');
  await expectOneLineEach();
});

test('what never becomes a request has one line with the id that its client was told', async () => {
  const bytes = `GET /${IN_A_PATH} HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n`;
  const { headers, status } = await exchange(api.port, bytes);
  expect(status).toBe(400);
  const [, id] = headers.find(([name]) => name === 'x-request-id') ?? [];
  await api.waitForLog(({ requestId }) => requestId === id, 'the refusal');
  expect(api.logs.filter(({ requestId }) => requestId === id)).toEqual([
    expect.objectContaining({ level: 'info', msg: 'refused a connection: malformed-request', status: 400 }),
  ]);
});

test('nothing of an address, a password, a token, a secret, a query, a path or a body is in the log of either process, at any level', async () => {
  const headers = { 'content-type': 'application/json' };
  const malformed = await fetch(`${api.url}${SESSIONS}`, { method: 'POST', headers, body: `{"${IN_A_BODY}` });
  expect(malformed.status).toBe(400);
  await worker.waitForLog(({ msg }) => msg === 'job done', 'a cleanup');
  expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
  for (const { output, logs } of [api, worker]) {
    expect(logs.length).toBeGreaterThan(20);
    expect(leaks(output, requests.secrets)).toEqual([]);
    expect(logs.flatMap(shapeFaults)).toEqual([]);
  }
});

test('why Redis refuses its client is logged without the password that was sent', async () => {
  const redis = await startRedis({ dir: join(scratchFolder(), 'redis') });
  const operator = new Redis(redis.url);
  await operator.config('SET', 'requirepass', 'the-right-password');
  operator.disconnect();
  const url = redis.url.replace('://', '://:not-the-right-one@');
  const app = await RunningApp.start('api', { ...environment.env, REDIS_URL: url });
  const line = await app.waitForLog(({ msg }) => /redis is not available/.test(msg ?? ''), 'the refusal');
  const message = expect.stringContaining('WRONGPASS') as string;
  expect(line).toMatchObject({ level: 'warn', err: { message } });
  await app.stop();
  await redis.stop();
  expect(app.logs.flatMap(shapeFaults)).toEqual([]);
  expect(leaks(app.output, ['not-the-right-one'])).toEqual([]);
});
