import { once } from 'node:events';
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

const withId = (id: string, init: { headers?: Record<string, string> } = {}) => ({
  ...init,
  headers: { ...init.headers, 'x-request-id': id },
});
const linesOf = (id: string) => fixture.lines().filter(({ requestId }) => requestId === id);
const metrics = async () => (await fetch(metricsUrl)).text();
const counted = async (route = '') =>
  (await metrics())
    .split('\n')
    .filter((line) => line.startsWith('http_requests_total') && line.includes(route));

const countOf = async (labels: string) =>
  Number(/ (\d+)$/.exec((await counted(labels)).join('\n'))?.[1] ?? 0);

describe('a request whose client goes while it is worked on', () => {
  const POST = (id: string) =>
    `POST /slow HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;

  test.each([
    ['after its whole body was sent', ['left-1']],
    ['with another one behind it on the connection', ['left-2', 'left-3']],
  ])('has one line and one observation, %s', async (_, ids) => {
    const before = await countOf('method="POST",route="/slow"');
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write(ids.map(POST).join(''));
    setTimeout(() => socket.destroy(), 100);
    for (const id of ids)
      await fixture.line('request aborted by the client', ({ requestId }) => requestId === id);
    await fixture.line('slow work done', ({ requestId }) => requestId === ids[0]);
    await fetch(`${url}/items/7`, withId(`after-${ids[0] ?? ''}`));
    await fixture.line('request', ({ requestId }) => requestId === `after-${ids[0] ?? ''}`);
    for (const id of ids)
      expect(linesOf(id).filter(({ context }) => context === 'Request')).toEqual([
        expect.objectContaining({ method: 'POST', route: '/slow', status: 499 }),
      ]);
    expect(await counted('method="POST",route="/slow"')).toEqual([
      `http_requests_total{method="POST",route="/slow",status="499"} ${before + ids.length}`,
    ]);
  });
});

describe('the account of a request', () => {
  const post = (path: string, id: string, body: object) => {
    const text = JSON.stringify(body);
    const fields = `Host: x\r\nX-Request-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}`;
    return `POST ${path} HTTP/1.1\r\n${fields}\r\n\r\n${text}`;
  };
  const lineOf = (id: string) => fixture.line('request', ({ requestId }) => requestId === id);

  test('stands on its line also when its client has gone', async () => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    socket.write(post('/slow', 'gone-jane', { name: 'jane' }));
    await fixture.line('slow work begins', ({ requestId }) => requestId === 'gone-jane');
    socket.destroy();
    const line = await fixture.line(
      'request aborted by the client',
      ({ requestId }) => requestId === 'gone-jane',
    );
    expect(line).toMatchObject({ status: 499, accountId: 'account of jane' });
    await fixture.line('slow work done', ({ requestId }) => requestId === 'gone-jane');
  });

  test('is not that of another one on the same connection, also when these were sent at once', async () => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    const nobody = 'GET /items/7 HTTP/1.1\r\nHost: x\r\nX-Request-Id: of-nobody\r\n\r\n';
    socket.write(
      post('/slow', 'of-jane', { name: 'jane' }) + nobody + post('/items', 'of-ada', { name: 'ada' }),
    );
    const lines = [await lineOf('of-jane'), await lineOf('of-nobody'), await lineOf('of-ada')];
    socket.destroy();
    expect(lines.map(({ accountId }) => accountId)).toEqual(['account of jane', undefined, 'account of ada']);
  });
});
