import { waitFor } from '@kubernest/testing';
import { once } from 'node:events';
import { METHODS } from 'node:http';
import { connect } from 'node:net';
import { FixtureProcess, killRunning } from '../test-fixtures/fixture-process';

let fixture: FixtureProcess;
let url: string;
let metricsUrl: string;
beforeAll(async () => {
  fixture = await FixtureProcess.serve({ LOG_LEVEL: 'debug' });
  url = await fixture.url();
  metricsUrl = await fixture.metricsUrl();
});
afterAll(async () => {
  expect(await fixture.stop()).toBe(0);
  killRunning();
});

const json = (body: unknown) => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
});
const withId = (id: string, init: { headers?: Record<string, string> } = {}) => ({
  ...init,
  headers: { ...init.headers, 'x-request-id': id },
});
const linesOf = (id: string) => fixture.lines().filter(({ requestId }) => requestId === id);
const metrics = async () => (await fetch(metricsUrl)).text();
const series = async () => (await metrics()).match(/^http_\S+ /gm)?.length ?? 0;
const counted = async (route = '') =>
  (await metrics())
    .split('\n')
    .filter((line) => line.startsWith('http_requests_total') && line.includes(route));

const countOf = async (labels: string) =>
  Number(/ (\d+)$/.exec((await counted(labels)).join('\n'))?.[1] ?? 0);

describe('the id of a request', () => {
  test('is returned, and stands on every line that is logged for it', async () => {
    const response = await fetch(`${url}/items/7`, withId('given-1'));
    expect(response.headers.get('x-request-id')).toBe('given-1');
    await fixture.line('request', ({ requestId }) => requestId === 'given-1');
    expect(linesOf('given-1').map(({ msg }) => msg)).toEqual(['at work', 'still at work', 'request']);
  });

  test('also after a body was read, with what the work has found out', async () => {
    await fetch(`${url}/items`, withId('given-2', json({ name: 'jane' })));
    await fixture.line('request', ({ requestId }) => requestId === 'given-2');
    const accountId = 'account of jane';
    expect(linesOf('given-2')).toEqual([
      expect.objectContaining({ msg: 'added', accountId }),
      expect.objectContaining({ msg: 'request', accountId, status: 201 }),
    ]);
  });

  test('is not mixed up between requests at the same time', async () => {
    const names = Array.from({ length: 30 }, (_, index) => `many-${index}`);
    const found = await Promise.all(
      names.map(async (name) => {
        const response = await fetch(`${url}/items`, withId(name, json({ name })));
        return ((await response.json()) as { context: { requestId: string; accountId: string } }).context;
      }),
    );
    expect(found).toEqual(names.map((name) => ({ requestId: name, accountId: `account of ${name}` })));
  });

  test('is replaced when it is not harmless', async () => {
    const response = await fetch(`${url}/items/7`, withId('{"level":"fatal"}'));
    expect(response.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/);
  });

  test('is returned with an error and with a 404 too', async () => {
    expect((await fetch(`${url}/failing`, withId('given-3'))).headers.get('x-request-id')).toBe('given-3');
    expect((await fetch(`${url}/none`, withId('given-4'))).headers.get('x-request-id')).toBe('given-4');
  });
});

describe('the line of a request', () => {
  test('tells method, route, status and duration, and nothing of path, query or header fields', async () => {
    await fetch(
      `${url}/items/hunter2?token=hunter2`,
      withId('plain', { headers: { authorization: 'Bearer hunter2' } }),
    );
    const line = await fixture.line('request', ({ requestId }) => requestId === 'plain');
    expect(line).toEqual({
      level: 'info',
      time: expect.any(String) as string,
      service: 'fixture',
      context: 'Request',
      msg: 'request',
      requestId: 'plain',
      method: 'GET',
      route: '/items/:id',
      status: 200,
      durationMs: expect.any(Number) as number,
    });
    expect(fixture.output).not.toContain('hunter2');
  });

  test.each([
    ['badly escaped', '/items/%zz', 400],
    ['too long', `/items/${'x'.repeat(201)}`, 414],
  ])('is also that of a request whose path is %s, which is counted', async (what, path, status) => {
    const id = what.replace(' ', '-');
    const before = await countOf(`method="GET",route="unmatched",status="${status}"`);
    expect((await fetch(`${url}${path}`, withId(id))).status).toBe(status);
    await fixture.line('request', ({ requestId }) => requestId === id);
    expect(linesOf(id)).toEqual([expect.objectContaining({ level: 'info', route: 'unmatched', status })]);
    expect(await countOf(`method="GET",route="unmatched",status="${status}"`)).toBe(before + 1);
  });

  test('is a detail for probes', async () => {
    await fetch(`${url}/health/live`, withId('probe'));
    const line = await fixture.line('request', ({ requestId }) => requestId === 'probe');
    expect(line.level).toBe('debug');
  });

  test('is written once for a request whose client has gone', async () => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\nX-Request-Id: gone\r\n\r\n');
    setTimeout(() => socket.destroy(), 50);
    await fixture.line('slow work done', ({ requestId }) => requestId === 'gone');
    await fetch(`${url}/items/7`, withId('after-gone'));
    await fixture.line('request', ({ requestId }) => requestId === 'after-gone');
    const lines = linesOf('gone').filter(({ context }) => context === 'Request');
    expect(lines).toEqual([
      expect.objectContaining({ msg: 'request aborted by the client', method: 'GET', route: '/slow' }),
    ]);
    expect(await counted('/slow')).toEqual([
      'http_requests_total{method="GET",route="/slow",status="499"} 1',
    ]);
  });
});

describe('metrics', () => {
  test('are served on their own port only', async () => {
    expect((await fetch(`${url}/metrics`)).status).toBe(404);
    const response = await fetch(metricsUrl);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
    const other = new URL('/health/live', metricsUrl);
    expect((await fetch(other)).status).toBe(404);
    expect((await fetch(metricsUrl, { method: 'POST' })).status).toBe(405);
  });

  test('keep few label sets whatever clients send', async () => {
    await fetch(`${url}/items/1`);
    await fetch(`${url}/none`);
    const before = await counted();
    for (let index = 0; index < 200; index++)
      await Promise.all([
        fetch(`${url}/items/${index}-${Math.random()}`),
        fetch(`${url}/${Math.random()}/${Math.random()}?${Math.random()}`),
        fetch(`${url}/%zz${index}`),
      ]);
    expect(await counted()).toHaveLength(before.length);
    const seriesBefore = await series();
    const methods = METHODS.filter((method) => !['CONNECT', 'TRACE'].includes(method));
    for (const method of methods) await (await fetch(`${url}/x-${Math.random()}`, { method })).text();
    const seriesAfter = await series();
    for (let round = 0; round < 10; round++)
      for (const method of methods) await (await fetch(`${url}/x-${Math.random()}`, { method })).text();
    expect(await series()).toBe(seriesAfter);
    // Of the seven methods that are told apart, and of all others together: one count, and one histogram of 13 bounds.
    expect(seriesAfter - seriesBefore).toBeLessThanOrEqual(8 * (1 + 16));
    const others = await counted('method="other"');
    expect(others.join()).toContain('{method="other",route="unmatched",status="404"}');
    expect(others.length).toBeLessThanOrEqual(2);
  });

  test('tell how many requests are being worked on', async () => {
    const inFlight = async () => Number(/^http_requests_in_flight (\d+)$/m.exec(await metrics())?.[1]);
    expect(await inFlight()).toBe(0);
    const slow = [1, 2, 3].map(() => fetch(`${url}/slow`));
    await waitFor(async () => (await inFlight()) === 3, { timeoutMs: 5_000, message: 'three in flight' });
    await Promise.all(slow);
    expect(await inFlight()).toBe(0);
  });

  test('count and time requests by method, route and status', async () => {
    await fetch(`${url}/failing`);
    expect(await counted('/failing')).toEqual([
      expect.stringMatching(/^http_requests_total\{method="GET",route="\/failing",status="500"\} \d+$/),
    ]);
    const text = await metrics();
    expect(text).toMatch(
      /http_request_duration_seconds_count\{method="GET",route="\/failing",status_class="5xx"\} \d/,
    );
    expect(text).toMatch(/^process_cpu_seconds_total \S/m);
  });
});
