import { waitFor } from '@kubernest/testing';
import { Agent, get, IncomingMessage } from 'node:http';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Environment, freshEnvironment } from './support/environment';
import { killRunning, RunningApp } from './support/running-app';
import { SlowRequest } from './support/slow-request';

let environment: Environment;
beforeAll(async () => {
  environment = await freshEnvironment();
});
afterEach(killRunning);
afterAll(async () => {
  await environment.close();
});

const start = (overrides: NodeJS.ProcessEnv = {}) =>
  RunningApp.start('api', { ...environment.env, ...overrides });
/** The body is read to its end before the answer, which is a 404. */
const inFlight = (api: RunningApp) => SlowRequest.begin(`${api.url}/nothing`, { name: 'a slow one' });
/** A feature may have something of its own to close as `workers`. */
const ofEveryApi = (steps: string[]) => steps.filter((step) => step !== 'workers');
const draining = (api: RunningApp) =>
  waitFor(async () => (await api.probe('ready')) === 503, {
    timeoutMs: 5_000,
    message: 'readiness to be 503',
  });

describe('at SIGTERM the api', () => {
  test('turns readiness to 503 first, stays alive, and serves requests with Connection: close until the drain is over', async () => {
    const api = await (await start({ SHUTDOWN_DRAIN_MS: '1500' })).ready();
    api.signal('SIGTERM');
    await draining(api);

    expect(await api.probe('live')).toBe(200);
    expect(await api.probe('startup')).toBe(200);
    const served = await fetch(`${api.url}/openapi.json`);
    expect(served.status).toBe(200);
    expect(served.headers.get('connection')).toBe('close');

    expect(await api.exit()).toBe(0);
    expect(await api.probe('live')).toBeUndefined();
  });

  test('names the drain in the readiness answer', async () => {
    const api = await (await start({ SHUTDOWN_DRAIN_MS: '1000' })).ready();
    api.signal('SIGTERM');
    await draining(api);
    const answer = (await (await fetch(`${api.url}/health/ready`)).json()) as {
      status: string;
      failed: string[];
    };
    expect(answer).toMatchObject({ status: 'not ready', failed: ['draining'] });
    expect(await api.exit()).toBe(0);
  });

  test('finishes a request that was under way, on a kept-alive connection that it then closes', async () => {
    const api = await (await start({ SHUTDOWN_DRAIN_MS: '200' })).ready();
    const slow = await inFlight(api);
    api.signal('SIGTERM');
    await api.waitForLog(({ step }) => step === 'drain', 'the end of the drain');
    const response = await slow.finish();
    expect(response.statusCode).toBe(404);
    expect(response.headers.connection).toBe('close');
    expect(await api.exit()).toBe(0);
  });

  test('closes the stores after HTTP, in order, and exits with 0', async () => {
    const api = await (await start()).ready();
    expect(await api.stop()).toBe(0);
    expect(ofEveryApi(api.steps())).toEqual([
      'readiness',
      'drain',
      'http',
      'redis',
      'postgres',
      'telemetry',
      'exit',
    ]);
  });

  test('leaves no connection to Postgres open', async () => {
    const api = await (await start({ SHUTDOWN_DRAIN_MS: '0' })).ready();
    const backends = () =>
      environment.sql<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'api' AND datname = current_database()`,
      );
    expect(await backends()).not.toHaveLength(0);
    expect(await api.stop()).toBe(0);
    // The server takes a moment to end a backend whose client has said goodbye.
    await waitFor(async () => (await backends()).length === 0, {
      timeoutMs: 2_000,
      message: 'no backend to be left',
    });
  });

  test('cuts a request that never ends at the deadline, names it, still closes the stores in order, and exits non-zero', async () => {
    const api = await (await start({ SHUTDOWN_DRAIN_MS: '100', SHUTDOWN_TIMEOUT_MS: '2500' })).ready();
    const hung = await inFlight(api);
    expect(await api.stop()).toBe(1);
    expect(await hung.cut()).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) });
    expect(ofEveryApi(api.steps())).toEqual([
      'readiness',
      'drain',
      'http',
      'http',
      'redis',
      'postgres',
      'telemetry',
      'exit',
    ]);
    const cut = api.logs.find(({ level, step }) => level === 'error' && step === 'http');
    expect(cut?.['open']).toEqual([expect.stringMatching(/request \S+ POST unknown route, open for \d+ ms/)]);
  });

  test('exits at once and non-zero at a second signal', async () => {
    const api = await (await start({ SHUTDOWN_DRAIN_MS: '60000', SHUTDOWN_TIMEOUT_MS: '90000' })).ready();
    api.signal('SIGTERM');
    await draining(api);
    expect(await api.stop('SIGTERM')).toBe(143);
  });

  test('exits with 0 when the signal comes during start-up, whenever that is', async () => {
    for (const delayMs of [0, 20, 40, 60, 80, 100]) {
      const api = await start({ LOG_LEVEL: 'debug' });
      await api.waitForLog(() => true, 'a first line');
      await delay(delayMs);
      expect({ delayMs, exit: await api.stop() }).toEqual({ delayMs, exit: 0 });
    }
  });

  test('refuses a kept-alive connection nothing while it drains', async () => {
    const api = await (await start({ SHUTDOWN_DRAIN_MS: '1500' })).ready();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const [response] = (await once(get(`${api.url}/health/live`, { agent }), 'response')) as [
        IncomingMessage,
      ];
      response.resume();
      await once(response, 'end');
      return { status: response.statusCode, connection: response.headers.connection };
    };
    expect(await ask()).toEqual({ status: 200, connection: 'keep-alive' });
    api.signal('SIGTERM');
    await draining(api);
    expect(await ask()).toEqual({ status: 200, connection: 'close' });
    expect(await ask()).toEqual({ status: 200, connection: 'close' });
    agent.destroy();
    expect(await api.exit()).toBe(0);
  });
});
