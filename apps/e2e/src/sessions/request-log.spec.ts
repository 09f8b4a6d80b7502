import { waitFor } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { Environment, freshEnvironment } from '../support/environment';
import { leaks } from '../support/leaks';
import { shapeFaults } from '../support/log-shape';
import { NotedRequests } from '../support/noted-requests';
import { RawConnection } from '../support/raw-connection';
import { killRunning, RunningApp } from '../support/running-app';
import type { SignedIn } from './account-client';

const CLIENTS = 8;
const WRONG_PASSWORD = 'a wrong guess of mine';
const IN_A_QUERY = 'told-in-a-query';
const IN_A_PATH = 'told-in-a-path';
const IN_A_BODY = 'told-in-a-body';

let environment: Environment;
let api: RunningApp;
let worker: RunningApp;
let requests: NotedRequests;
const secrets = [WRONG_PASSWORD, IN_A_QUERY, IN_A_PATH, IN_A_BODY];

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
  secrets.push(environment.env['JWT_SECRET'] ?? '');
  await Promise.all(Array.from({ length: CLIENTS }, (_, index) => useEverything(index)));
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

const ACCOUNTS = '/v1/accounts';
const SESSIONS = '/v1/sessions';
const CURRENT = '/v1/sessions/current';
const UNMATCHED = { method: 'GET', route: 'unmatched' };
/** Of useEverything. */
const PER_CLIENT = 12;

async function join(email: string, password: string) {
  const body = { email, password };
  secrets.push(email, password);
  const register = { method: 'POST', route: ACCOUNTS, status: 201 };
  const { id: accountId } = await requests.send<{ id: string }>(register, ACCOUNTS, { body });
  const signIn = { method: 'POST', route: SESSIONS, status: 201 };
  const { token, session } = await requests.send<SignedIn>(signIn, SESSIONS, { body });
  secrets.push(token);
  return { body, accountId, token, session };
}

/** One client, from its registration to its sign-out, with mistakes. */
async function useEverything(index: number): Promise<void> {
  const email = `client-${index}@example.com`;
  const { body, accountId, token, session } = await join(email, `the password of ${index}`);
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

test('every request of a mixed load has exactly one line, with its own route, status, duration, id and account', async () => {
  expect(requests.byId.size).toBe(CLIENTS * PER_CLIENT);
  await requests.expectOneLineEach();
});

async function waitingForPostgres(): Promise<number> {
  await environment.sql('SELECT pg_stat_clear_snapshot()');
  const statement = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = 'api'`;
  return (await environment.sql(statement)).length;
}

test('so has one whose client goes while it is worked on, and one that stood behind it', async () => {
  const { body, accountId, token } = await join('impatient@example.com', 'the password of nobody');
  const signIn = { method: 'POST', route: SESSIONS, status: 201 };
  const other = await requests.send<SignedIn>(signIn, SESSIONS, { body });
  secrets.push(other.token);
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
  await requests.expectOneLineEach();
});

test('nothing of an address, a password, a token, a secret, a query, a path or a body is in the log of either process, at any level', async () => {
  const headers = { 'content-type': 'application/json' };
  const malformed = await fetch(`${api.url}${SESSIONS}`, { method: 'POST', headers, body: `{"${IN_A_BODY}` });
  expect(malformed.status).toBe(400);
  await worker.waitForLog(({ msg }) => msg === 'job done', 'a cleanup');
  expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
  for (const { output, logs } of [api, worker]) {
    expect(logs.length).toBeGreaterThan(20);
    expect(leaks(output, secrets)).toEqual([]);
    expect(logs.flatMap(shapeFaults)).toEqual([]);
  }
});
