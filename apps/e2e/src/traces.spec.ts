import { OtlpReceiver, ReceivedSpan, scratchFolder, waitFor } from '@kubernest/testing';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, PASSWORD } from './support/api-client';
import { Environment, freshEnvironment } from './support/environment';
import { AppName, killRunning, RunningApp } from './support/running-app';

const CALLER = 'b7ad6b7169203331';
const traceOf = (number: number) => number.toString(16).padStart(32, 'c');
const traceparent = (trace: number) => `00-${traceOf(trace)}-${CALLER}-01`;

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

const traced = () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '20' });

async function received(trace: number, root: string): Promise<ReceivedSpan[]> {
  const spans = () => receiver.trace(traceOf(trace));
  await waitFor(() => spans().some(({ name }) => name === root), {
    timeoutMs: 10_000,
    message: `the span of ${root}`,
  });
  return spans();
}

describe('the api', () => {
  test('traces requests with what they ask of Redis and Postgres, and tells no secrets', async () => {
    const api = await (await RunningApp.start('api', { ...environment.env, ...traced() })).ready();
    const client = new ApiClient(api);
    const { token } = await client.join('traced@example.com');
    const call = (trace: number, method: string, path: string, body?: object) =>
      client.call(method, path, {
        token,
        headers: { traceparent: traceparent(trace) },
        ...(body && { body }),
      });
    const calls = async (trace: number, root: string) => {
      const spans = await received(trace, root);
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
    for (const secret of ['traced@example.com', PASSWORD, token, 'argon2'])
      expect(told).not.toContain(secret);
  });

  test('takes up the trace of its caller in its log', async () => {
    const api = await (await RunningApp.start('api', { ...environment.env, ...traced() })).ready();
    await new ApiClient(api).call('GET', '/v1/sessions/current', {
      headers: { traceparent: traceparent(4) },
    });
    const [span] = await received(4, 'GET /v1/sessions/current');
    const line = await api.waitForLog(
      ({ msg, status }) => msg === 'request' && status === 401,
      'the request',
    );
    expect(line).toMatchObject({ trace_id: traceOf(4), span_id: span?.spanId });
    expect(await api.stop()).toBe(0);
  });
});

describe('the cleanup of expired sessions', () => {
  test('is one trace, with its statements, when it runs once', async () => {
    const args = ['cleanup-expired-sessions'];
    const command = await RunningApp.start('worker', { ...environment.env, ...traced() }, args);
    expect(await command.exit()).toBe(0);
    const [name = ''] = args;
    const run = receiver.spans.find((span) => span.name === name);
    const statements = receiver.spans.filter(({ parentSpanId }) => parentSpanId === run?.spanId);
    expect(run).toMatchObject({ parentSpanId: undefined, failed: false, resource: { 'service.name': name } });
    expect(statements.map(({ attributes }) => attributes['db.system.name'])).toContain('postgresql');
  });
});

/** Names of functions of OpenTelemetry that ran, by V8's own account. A module is one. */
async function ranOfOpenTelemetry(app: AppName, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folder = join(scratchFolder(), `coverage-${Math.random()}`);
  mkdirSync(folder, { recursive: true });
  const process = await RunningApp.start(app, { ...environment.env, ...env, NODE_V8_COVERAGE: folder });
  await process.ready();
  expect(await process.stop()).toBe(0);
  const [file = ''] = readdirSync(folder);
  const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Coverage;
  const functions = result
    .filter(({ url }) => url.endsWith('libraries.js'))
    .flatMap((script) => script.functions);
  expect(functions.length).toBeGreaterThan(100);
  return functions
    .filter(({ functionName, ranges }) => /@opentelemetry\//.test(functionName) && ranges[0]?.count !== 0)
    .map(({ functionName }) => functionName);
}

interface Coverage {
  result: { url: string; functions: { functionName: string; ranges: { count: number }[] }[] }[];
}

describe('OpenTelemetry', () => {
  test.each<AppName>(['api', 'worker'])(
    'is not loaded by the %s unless there is an endpoint',
    async (app) => {
      expect(await ranOfOpenTelemetry(app, {})).toEqual([]);
      expect(await ranOfOpenTelemetry(app, { ...traced(), OTEL_SDK_DISABLED: 'true' })).toEqual([]);
      expect((await ranOfOpenTelemetry(app, traced())).length).toBeGreaterThan(10);
    },
  );
});
