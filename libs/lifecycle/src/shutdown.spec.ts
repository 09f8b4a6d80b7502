import { waitFor } from '@kubernest/testing';
import { Agent, get, IncomingMessage } from 'node:http';
import { connect, Socket } from 'node:net';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { FixtureService, killRunning } from '../test-fixtures/fixture-service';

afterAll(killRunning);

const ALL_STEPS = [
  'readiness',
  'drain',
  'http',
  'workers',
  'queues',
  'redis',
  'postgres',
  'telemetry',
  'exit',
];
const IN_ORDER = ['workers', 'queues', 'redis', 'postgres', 'telemetry'];

const closedInOrder = (service: FixtureService) =>
  service.steps().filter((step, index, steps) => IN_ORDER.includes(step) && steps.indexOf(step) === index);

async function ask(url: string, agent?: Agent) {
  const [response] = (await once(get(url, agent ? { agent } : {}), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode, connection: response.headers.connection, body };
}

/** A raw connection, for what no HTTP client does. */
async function open(port: number, bytes = ''): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => undefined).resume();
  await once(socket, 'connect');
  if (bytes) await new Promise((resolve) => socket.write(bytes, resolve));
  return socket;
}

describe('at SIGTERM', () => {
  let service: FixtureService;
  let slow: ReturnType<typeof ask>;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });

  beforeAll(async () => {
    service = await FixtureService.start({ env: { SHUTDOWN_DRAIN_MS: '1500' } });
    expect(await ask(`${service.url}/slow?ms=0`, agent)).toMatchObject({ connection: 'keep-alive' });
    slow = ask(`${service.url}/slow?ms=1200`, new Agent({ keepAlive: true }));
    await service.serving('/slow');
    service.signal();
    await service.draining();
  });
  afterAll(() => agent.destroy());

  test('readiness turns 503 first and names the drain; liveness and startup stay 200', async () => {
    const ready = await service.probe('ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      status: 'not ready',
      state: 'draining',
      failed: ['draining'],
    });
    expect((await service.probe('live')).status).toBe(200);
    expect((await service.probe('startup')).status).toBe(200);
  });

  test('requests are served with Connection: close, on kept-alive and on new connections', async () => {
    const served = { status: 200, connection: 'close' };
    expect(await ask(`${service.url}/slow?ms=0`, agent)).toMatchObject(served);
    expect(await ask(`${service.url}/slow?ms=0`, agent)).toMatchObject(served);
    expect(await ask(`${service.url}/no-such-route`, agent)).toMatchObject({
      status: 404,
      connection: 'close',
    });
    // Answered by the router, before any hook.
    expect(await ask(`${service.url}/%zz`, agent)).toMatchObject({ status: 400, connection: 'close' });
  });

  test('a slow request that began before the signal gets its 200 and Connection: close', async () => {
    expect(await slow).toEqual({ status: 200, connection: 'close', body: '{"slept":1200}' });
  });

  test('everything closes in order, each awaited before it is logged, and the exit code is 0', async () => {
    expect(await service.exit).toBe(0);
    expect(service.steps()).toEqual(ALL_STEPS);
    const closings = service.messages().filter((message) => message.endsWith(' closed'));
    expect(closings.filter((message) => !message.includes('http'))).toEqual(
      IN_ORDER.flatMap((step) => [`fixture: ${step} closed`, `shutdown: ${step} closed`]),
    );
  });

  test('nothing is accepted afterwards', async () => {
    await expect(ask(`${service.url}/slow?ms=0`)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('after the drain', () => {
  test.concurrent('nothing new is accepted while a request in flight is finished', async () => {
    const service = await FixtureService.start();
    const slow = ask(`${service.url}/slow?ms=1000`);
    await service.serving('/slow');
    service.signal();
    await waitFor(
      () =>
        ask(`${service.url}/slow?ms=0`).then(
          () => false,
          () => true,
        ),
      {
        timeoutMs: 900,
        message: 'connections to be refused',
      },
    );
    expect(await slow).toMatchObject({ status: 200, connection: 'close' });
    expect(await service.exit).toBe(0);
  });

  test.concurrent(
    'a response whose header left before the signal is finished, and its connection then closed',
    async () => {
      const service = await FixtureService.start({ env: { HTTP_KEEP_ALIVE_TIMEOUT_MS: '60000' } });
      const request = get(`${service.url}/stream?ms=700`, { agent: new Agent({ keepAlive: true }) });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      expect(response.headers.connection).toBe('keep-alive');
      const began = performance.now();
      service.signal();
      let body = '';
      for await (const chunk of response) body += String(chunk);
      expect(body).toBe('begun done');
      expect(await service.exit).toBe(0);
      expect(performance.now() - began).toBeLessThan(5_000);
    },
  );

  test.concurrent('a connection on which no byte came does not hold the shutdown', async () => {
    const service = await FixtureService.start();
    const silent = await open(service.port);
    const idle = new Agent({ keepAlive: true });
    await ask(`${service.url}/slow?ms=0`, idle);
    const closed = once(silent, 'close');
    const began = performance.now();
    expect(await service.stop()).toBe(0);
    await closed;
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test.concurrent(
    'half a request holds the shutdown until the deadline, which cuts it: exit code 1',
    async () => {
      const service = await FixtureService.start({ env: { SHUTDOWN_TIMEOUT_MS: '3000' } });
      const half = await open(service.port, 'GET /slow HTTP/1.1\r\nHost: x\r\n');
      await wait(100);
      const closed = once(half, 'close');
      expect(await service.stop()).toBe(1);
      await closed;
      expect(await service.logged('shutdown: http did not close in time')).toMatchObject({
        open: ['1 connections without a whole request'],
      });
      expect(closedInOrder(service)).toEqual(IN_ORDER);
    },
  );
});

describe('the deadline', () => {
  test.concurrent(
    'cuts a request that hangs, names it, and the stores still close in order; exit code 1',
    async () => {
      const service = await FixtureService.start({
        env: { SHUTDOWN_TIMEOUT_MS: '3000' },
        openWork: ['job 7'],
      });
      const hung = ask(`${service.url}/hang`).catch((error: unknown) => error);
      await service.serving('/hang');
      const began = performance.now();
      expect(await service.stop()).toBe(1);
      expect(performance.now() - began).toBeLessThan(6_000);
      expect(await hung).toMatchObject({ code: 'ECONNRESET' });
      const cut = await service.logged('shutdown: http did not close in time');
      expect(cut).toMatchObject({ level: 'error', step: 'http' });
      expect(cut['open']).toEqual([
        expect.stringMatching(/^request \S+ GET \/hang, open for \d+ ms$/),
        'job 7',
      ]);
      expect(closedInOrder(service)).toEqual(IN_ORDER);
      expect(service.messages().at(-1)).toBe('shutdown: cut short at http');
    },
  );

  test.concurrent('bounds a closer that hangs, and the rest still closes; exit code 1', async () => {
    const service = await FixtureService.start({
      env: { SHUTDOWN_TIMEOUT_MS: '3000' },
      close: { queues: 'hang' },
    });
    expect(await service.stop()).toBe(1);
    expect(await service.logged('shutdown: queues did not close in time')).toMatchObject({
      open: ['the queues'],
    });
    expect(service.steps()).toEqual([...ALL_STEPS]);
    for (const step of ['redis', 'postgres', 'telemetry']) await service.logged(`shutdown: ${step} closed`);
  });

  test.concurrent('bounds jobs that go on, and names them', async () => {
    const service = await FixtureService.start({
      env: { SHUTDOWN_TIMEOUT_MS: '3000' },
      close: { workers: 'hang' },
      openWork: ['job 7 of reports'],
    });
    expect(await service.stop()).toBe(1);
    expect(await service.logged('shutdown: workers did not close in time')).toMatchObject({
      open: ['the workers', 'job 7 of reports'],
    });
    expect(closedInOrder(service)).toEqual(IN_ORDER);
  });

  test.concurrent('bounds the whole when the hook of a third party hangs', async () => {
    const service = await FixtureService.start({
      env: { SHUTDOWN_TIMEOUT_MS: '800' },
      onModuleDestroy: 'hang',
      openWork: ['job 7'],
    });
    const began = performance.now();
    expect(await service.stop()).toBe(1);
    expect(performance.now() - began).toBeLessThan(6_000);
    await service.logged('shutdown: SHUTDOWN_TIMEOUT_MS is over; still open: job 7');
  });
});

describe('a fault during the shutdown', () => {
  test.concurrent.each(['reject', 'throw'] as const)(
    'in a closer (%s) is logged, the rest still closes, exit code 1',
    async (does) => {
      const service = await FixtureService.start({ close: { redis: does } });
      expect(await service.stop()).toBe(1);
      expect(await service.logged('shutdown: the redis failed to close')).toMatchObject({
        step: 'redis',
        open: ['the redis'],
        err: { message: 'the fixture cannot get to: redis closed' },
      });
      expect(service.steps()).toEqual(ALL_STEPS);
      expect(service.messages()).not.toContain('shutdown: redis closed');
    },
  );

  test.concurrent.each(['reject', 'throw'] as const)(
    'in a drain hook (%s) is logged, the rest still closes, exit code 1',
    async (does) => {
      const service = await FixtureService.start({ drain: does });
      expect(await service.stop()).toBe(1);
      expect(await service.logged('shutdown: the drain hook failed to drain')).toMatchObject({
        step: 'drain',
      });
      expect(closedInOrder(service)).toEqual(IN_ORDER);
      expect(service.messages().at(-1)).toBe('shutdown: cut short at drain');
    },
  );
});
