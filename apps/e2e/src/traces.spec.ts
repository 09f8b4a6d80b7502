import { OtlpReceiver, scratchFolder } from '@kubernest/testing';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient } from './support/api-client';
import { Environment, freshEnvironment } from './support/environment';
import { AppName, killRunning, RunningApp } from './support/running-app';
import { received, tracedTo, traceOf, traceparent } from './support/traced-app';

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

describe('the api', () => {
  test('takes up the trace of its caller in its log', async () => {
    const api = await (await RunningApp.start('api', { ...environment.env, ...tracedTo(receiver) })).ready();
    await new ApiClient(api).call('GET', '/openapi.json', { headers: { traceparent: traceparent(4) } });
    const [span] = await received(receiver, 4, 'GET /openapi.json');
    const line = await api.waitForLog(({ route }) => route === '/openapi.json', 'the request');
    expect(line).toMatchObject({ trace_id: traceOf(4), span_id: span?.spanId });
    expect(await api.stop()).toBe(0);
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
      expect(await ranOfOpenTelemetry(app, { ...tracedTo(receiver), OTEL_SDK_DISABLED: 'true' })).toEqual([]);
      expect((await ranOfOpenTelemetry(app, tracedTo(receiver))).length).toBeGreaterThan(10);
    },
  );
});
