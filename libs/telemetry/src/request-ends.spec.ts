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

describe('a request that we cut off', () => {
  const HALF = (id: string) =>
    `POST /slow HTTP/1.1\r\nHost: x\r\nX-Request-Id: ${id}\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{`;

  async function sendTo(address: string, bytes: string): Promise<string> {
    const socket = connect({ port: Number(new URL(address).port), host: '127.0.0.1' });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', () => undefined);
    socket.write(bytes);
    await once(socket, 'close');
    return answer;
  }
  const linesIn = (own: FixtureProcess, id: string) =>
    own.lines().filter(({ context, requestId }) => context === 'Request' && requestId === id);

  test('because its body is late has one line, with the status and the id that its client was told', async () => {
    const own = await FixtureProcess.serve({ HTTP_REQUEST_TIMEOUT_MS: '200' });
    const answer = await sendTo(await own.url(), HALF('late'));
    expect(answer).toMatch(/^HTTP\/1\.1 408 [^]*\r\nx-request-id: late\r\n/);
    await own.line('request cut off');
    expect(await own.stop()).toBe(0);
    expect(linesIn(own, 'late')).toEqual([
      expect.objectContaining({ msg: 'request cut off', method: 'POST', route: '/slow', status: 408 }),
    ]);
    expect(own.output).not.toContain('refused a connection');
  });

  test('because the shutdown has to end counts as 503: its client did not go', async () => {
    const own = await FixtureProcess.serve({ SHUTDOWN_TIMEOUT_MS: '1000' });
    const ended = sendTo(await own.url(), HALF('cut'));
    await fetch(`${await own.url()}/items/7`, withId('after-cut'));
    expect(await own.stop()).toBe(1);
    await ended;
    expect(linesIn(own, 'cut')).toEqual([expect.objectContaining({ msg: 'request cut off', status: 503 })]);
  });
});
