import { scratchFolder, startRedis } from '@kubernest/testing';
import { Redis } from 'ioredis';
import { join } from 'node:path';
import { Environment, freshEnvironment } from './support/environment';
import { leaks } from './support/leaks';
import { shapeFaults } from './support/log-shape';
import { NotedRequests } from './support/noted-requests';
import { exchange } from './support/raw-connection';
import { killRunning, RunningApp } from './support/running-app';

const IN_A_QUERY = 'told-in-a-query';
const IN_A_PATH = 'told-in-a-path';
const IN_A_BODY = 'told-in-a-body';
const IN_A_TOKEN = 'told-in-a-token';

let environment: Environment;
let api: RunningApp;
let worker: RunningApp;
let requests: NotedRequests;

beforeAll(async () => {
  environment = await freshEnvironment({ LOG_LEVEL: 'trace' });
  api = await RunningApp.start('api', environment.env);
  worker = await RunningApp.start('worker', environment.env);
  await Promise.all([api.ready(), worker.ready()]);
  requests = new NotedRequests(api);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

test('every request has exactly one line, with its own route, status, duration and id', async () => {
  const unmatched = { method: 'GET', route: 'unmatched' };
  const call = { token: IN_A_TOKEN };
  const upload = { ...unmatched, method: 'POST', status: 404 };
  const all = Array.from({ length: 8 }, () => [
    requests.send(
      { method: 'GET', route: '/openapi.json', status: 200 },
      `/openapi.json?secret=${IN_A_QUERY}`,
    ),
    requests.send({ ...unmatched, status: 404 }, `/${IN_A_PATH}?secret=${IN_A_QUERY}`, call),
    requests.send({ ...unmatched, status: 400 }, `/${IN_A_PATH}/%zz`, call),
    requests.send(upload, `/${IN_A_PATH}`, { body: { name: IN_A_BODY } }),
  ]);
  await Promise.all(all.flat());
  await requests.expectOneLineEach();
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

test('nothing of a query, a path, a token or a body is in the log of either process, at any level', async () => {
  const headers = { 'content-type': 'application/json' };
  const malformed = await fetch(`${api.url}/nothing`, { method: 'POST', headers, body: `{"${IN_A_BODY}` });
  expect(malformed.status).toBe(400);
  expect(await Promise.all([api.stop(), worker.stop()])).toEqual([0, 0]);
  for (const { output, logs } of [api, worker]) {
    expect(logs.length).toBeGreaterThan(10);
    expect(leaks(output, [IN_A_QUERY, IN_A_PATH, IN_A_BODY, IN_A_TOKEN])).toEqual([]);
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
