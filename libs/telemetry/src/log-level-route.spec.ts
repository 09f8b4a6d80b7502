import { freePort, waitFor } from '@kubernest/testing';
import { once } from 'node:events';
import { IncomingMessage, request } from 'node:http';
import { networkInterfaces } from 'node:os';
import { text } from 'node:stream/consumers';
import { FixtureProcess, killRunning } from '../test-fixtures/fixture-process';

/** Addresses of this machine that are not exactly its loopback one. */
const ELSEWHERE = [
  // Other systems have no more of 127.0.0.0/8 than 127.0.0.1.
  ...(process.platform === 'linux' ? ['127.0.0.6'] : []),
  ...Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')
    .map(({ address }) => address),
];
/** Longer than any test. */
const LONG = 900;

let fixture: FixtureProcess;
let port: number;
beforeAll(async () => {
  port = await freePort();
  fixture = await FixtureProcess.serve({ METRICS_PORT: String(port), HOST: '0.0.0.0' });
});
afterEach(async () => {
  await put({ level: 'info' });
});
afterAll(async () => {
  // A level that lasts does not keep the process from its end.
  await put({ level: 'debug', seconds: LONG });
  expect(await fixture.stop()).toBe(0);
  killRunning();
});

interface Answer {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

async function ask(init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/log-level`, init);
  const body = (await response.json()) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, body };
}

const put = (wish: object) => ask({ method: 'PUT', body: JSON.stringify(wish) });

/** Whether a request of a probe, whose line is of level debug, has one. */
async function tellsDetails(id: string): Promise<boolean> {
  const url = (await fixture.url()).replace('0.0.0.0', '127.0.0.1');
  await fetch(`${url}/health/live`, { headers: { 'x-request-id': id } });
  const after = await fetch(`${url}/items/7`, { headers: { 'x-request-id': `after-${id}` } });
  expect(after.status).toBe(200);
  await fixture.line('request', ({ requestId }) => requestId === `after-${id}`);
  return fixture.lines().some(({ requestId }) => requestId === id);
}

const changes = () => fixture.lines().filter(({ context }) => context === 'LogLevel');
/** Those after this moment. */
function changesFromNow(): () => string[] {
  const { length } = changes();
  return () =>
    changes()
      .slice(length)
      .map(({ level, msg }) => `${level}: ${msg}`);
}

describe('the level of the log', () => {
  test('is changed in the running process, is shown with its end, and is the configured one again when asked', async () => {
    const told = changesFromNow();
    expect((await ask()).body).toEqual({ level: 'info', configured: 'info' });
    expect(await tellsDetails('before')).toBe(false);
    const { status, body } = await put({ level: 'debug' });
    const until = Date.parse(String(body['until']));
    expect({ status, body }).toMatchObject({ status: 200, body: { level: 'debug', configured: 'info' } });
    expect(Math.abs(until - Date.now() - LONG * 1000)).toBeLessThan(60_000);
    expect((await ask()).body).toEqual(body);
    expect(await tellsDetails('meanwhile')).toBe(true);
    expect((await put({ level: 'info', seconds: 5 })).body).toEqual({ level: 'info', configured: 'info' });
    expect(await tellsDetails('afterwards')).toBe(false);
    expect(told()).toEqual([
      `info: log level is debug until ${String(body['until'])}`,
      'info: log level is info again',
    ]);
  });

  test('returns by itself, and says so, also when it was changed again meanwhile', async () => {
    const told = changesFromNow();
    await put({ level: 'trace', seconds: LONG });
    await put({ level: 'debug', seconds: 1 });
    await waitFor(() => told().includes('info: log level is info again'), {
      timeoutMs: 20_000,
      message: 'the line of its return',
    });
    expect((await ask()).body).toEqual({ level: 'info', configured: 'info' });
    expect(await tellsDetails('later')).toBe(false);
  });

  test('is told when it changes, also where it becomes quieter', async () => {
    const told = changesFromNow();
    await put({ level: 'silent', seconds: 1 });
    await waitFor(() => told().length === 2, { timeoutMs: 20_000, message: 'both lines' });
    expect(told()).toEqual([
      expect.stringMatching(/^info: log level is silent until /),
      'info: log level is info again',
    ]);
  });
});

describe('who asks for another level', () => {
  test.each([
    ['no such level', { level: 'loud' }, '/level'],
    ['no level', { seconds: 5 }, '/level'],
    ['too long', { level: 'debug', seconds: 86_401 }, '/seconds'],
    ['no time', { level: 'debug', seconds: 0 }, '/seconds'],
    ['half a second', { level: 'debug', seconds: 0.5 }, '/seconds'],
    ['what is not known', { level: 'debug', minutes: 5 }, ''],
  ])('gets a problem that says what is wrong: %s', async (_what, wish, pointer) => {
    const { status, headers, body } = await put(wish);
    expect(headers.get('content-type')).toBe('application/problem+json');
    expect({ status, body }).toMatchObject({
      status: 400,
      body: {
        status: 400,
        code: 'invalid-input',
        requestId: headers.get('x-request-id'),
        errors: [{ pointer }],
      },
    });
    expect((await ask()).body).toEqual({ level: 'info', configured: 'info' });
  });

  test.each([
    ['what is no JSON', { method: 'PUT', body: '{' }, 400, 'invalid-input'],
    [
      'far too much',
      { method: 'PUT', body: JSON.stringify({ level: 'x'.repeat(5_000) }) },
      413,
      'body-too-large',
    ],
    ['by another method', { method: 'POST', body: '{"level":"debug"}' }, 405, 'method-not-allowed'],
  ])('gets a problem: %s', async (_what, init, status, code) => {
    expect(await ask(init)).toMatchObject({ status, body: { status, code } });
  });

  test.each(ELSEWHERE)('from %s is refused, though the port is open', async (address) => {
    for (const method of ['PUT', 'GET']) {
      const asking = request({ host: address, port, localAddress: address, path: '/log-level', method });
      asking.end(method === 'PUT' ? '{"level":"debug"}' : undefined);
      const [response] = (await once(asking, 'response')) as [IncomingMessage];
      expect({ method, status: response.statusCode }).toEqual({ method, status: 403 });
      expect(JSON.parse(await text(response))).toMatchObject({ code: 'forbidden' });
    }
    expect((await ask()).body).toEqual({ level: 'info', configured: 'info' });
  });
});
