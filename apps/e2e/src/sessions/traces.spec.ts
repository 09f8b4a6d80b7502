import { OtlpReceiver, waitFor } from '@kubernest/testing';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';
import { received, tracedTo, traceparent } from '../support/traced-app';
import { AccountClient, PASSWORD } from './account-client';

let environment: Environment;
let receiver: OtlpReceiver;
beforeAll(async () => {
  environment = await freshEnvironment();
  receiver = await OtlpReceiver.start();
});
afterEach(killRunning);
afterAll(async () => {
  await receiver.stop();
  await environment.close();
});

test('the api traces requests with what they ask of Redis and Postgres, and tells no secrets', async () => {
  const api = await (await RunningApp.start('api', { ...environment.env, ...tracedTo(receiver) })).ready();
  const client = new AccountClient(api);
  const { token } = await client.join('traced@example.com');
  const call = (trace: number, method: string, path: string, body?: object) =>
    client.call(method, path, {
      token,
      headers: { traceparent: traceparent(trace) },
      ...(body && { body }),
    });
  const calls = async (trace: number, root: string) => {
    const spans = await received(receiver, trace, root);
    const parent = spans.find(({ name }) => name === root);
    const below = spans.filter(({ parentSpanId }) => parentSpanId === parent?.spanId);
    return below.map(({ name, attributes }) => `${String(attributes['db.system.name'])} ${name}`);
  };
  await call(1, 'POST', '/v1/sessions', { email: 'traced@example.com', password: PASSWORD });
  expect(await calls(1, 'POST /v1/sessions')).toEqual(expect.arrayContaining(['postgresql INSERT']));
  // Postgres may have to be asked first.
  let trace = 100;
  const fromRedis = async () => {
    await call(++trace, 'GET', '/v1/sessions/current');
    return String(await calls(trace, 'GET /v1/sessions/current')) === 'redis get';
  };
  await waitFor(fromRedis, { timeoutMs: 10_000, message: 'a session that is read from Redis alone' });
  expect(await api.stop()).toBe(0);
  const told = JSON.stringify(receiver.spans);
  for (const secret of ['traced@example.com', PASSWORD, token, 'argon2']) expect(told).not.toContain(secret);
});

test('the cleanup of expired sessions is one trace, with its statements, when it runs once', async () => {
  const args = ['cleanup-expired-sessions'];
  const command = await RunningApp.start('worker', { ...environment.env, ...tracedTo(receiver) }, args);
  expect(await command.exit()).toBe(0);
  const [name = ''] = args;
  const run = receiver.spans.find((span) => span.name === name);
  const statements = receiver.spans.filter(({ parentSpanId }) => parentSpanId === run?.spanId);
  expect(run).toMatchObject({ parentSpanId: undefined, failed: false, resource: { 'service.name': name } });
  expect(statements.map(({ attributes }) => attributes['db.system.name'])).toContain('postgresql');
});
