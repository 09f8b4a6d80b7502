import { ApiClient } from './support/api-client';
import { expectProblem } from './support/api-description';
import { Environment, freshEnvironment } from './support/environment';
import { COUNTABLE_SOCKETS, expectNoLeakedSocket } from './support/leaked-sockets';
import { RawConnection } from './support/raw-connection';
import { killRunning, RunningApp } from './support/running-app';

const HOST = 'Host: x\r\n';
const MANY = 100;
/** Far more than HTTP_REQUEST_TIMEOUT_MS, below; a connection that is still there is never cut. */
const CUT_MS = 20_000;
const UPLOAD = `POST /nothing HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"em`;

let environment: Environment;
let api: RunningApp;
let client: ApiClient;
beforeAll(async () => {
  environment = await freshEnvironment({ HTTP_REQUEST_TIMEOUT_MS: '1000', ...COUNTABLE_SOCKETS });
  api = await (await RunningApp.start('api', environment.env)).ready();
  client = new ApiClient(api);
});
afterEach(async () => {
  await expectNoLeakedSocket(api);
  expect(await api.probe('ready')).toBe(200);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

const open = (count: number) =>
  Promise.all(Array.from({ length: count }, () => RawConnection.open(api.port)));

/** A byte now and then on each connection, so that none is idle, until the server has closed it. */
async function drip(connections: RawConnection[], byte: string): Promise<void> {
  const timer = setInterval(() => connections.forEach((connection) => connection.send(byte)), 100);
  try {
    await Promise.all(connections.map((connection) => connection.untilClosed(CUT_MS)));
  } finally {
    clearInterval(timer);
  }
}

describe('slowloris: connections that never finish their request', () => {
  test.each([
    ['in the header', `GET /health/live HTTP/1.1\r\n${HOST}A: `, 'b'],
    ['in the body', UPLOAD, 'a'],
    [
      'in a chunk',
      `POST /nothing HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n99\r\n`,
      'a',
    ],
  ])('%s are cut off with a 408, while others are served', async (_where, beginning, byte) => {
    const connections = await open(MANY);
    for (const connection of connections) connection.send(beginning);
    const others = Array.from({ length: 20 }, async () => (await client.call('GET', '/health/live')).status);
    await drip(connections, byte);
    expect(await Promise.all(others)).toEqual(Array(20).fill(200));
    for (const connection of connections) {
      const answer = await connection.answer();
      expectProblem(answer, 408);
    }
  });

  test('by sending nothing at all are cut off without a word', async () => {
    const connections = await open(MANY);
    await Promise.all(connections.map((connection) => connection.untilClosed(CUT_MS)));
    expect(connections.map(({ unread }) => unread)).toEqual(Array(MANY).fill(''));
  });
});

describe('uploads that break off', () => {
  test('by closing one side are answered with a 400 and closed', async () => {
    const connections = await open(MANY);
    for (const connection of connections) {
      connection.send(UPLOAD);
      connection.finish();
    }
    for (const connection of connections) {
      const answer = await connection.answer();
      expectProblem(answer, 400);
      await connection.untilClosed();
    }
  });

  test('by being cut off leave nothing behind, and are logged as such', async () => {
    const connections = await open(MANY);
    for (const connection of connections) connection.send(UPLOAD);
    await api.sockets();
    for (const connection of connections) connection.reset();
    await api.waitForLog(
      ({ msg, status }) => msg === 'request aborted by the client' && status === 499,
      'the abort',
    );
    expect(api.logs.filter(({ level }) => level === 'error')).toEqual([]);
  });
});

test('a client that does not read its answers is cut off', async () => {
  const connections = await open(10);
  for (const connection of connections) {
    connection.stall();
    connection.send(`GET /docs/swagger-ui-bundle.js HTTP/1.1\r\n${HOST}\r\n`.repeat(8));
  }
  // expectNoLeakedSocket, afterwards, is the assertion; others are served meanwhile.
  expect((await client.call('GET', '/health/live')).status).toBe(200);
  await expectNoLeakedSocket(api);
  for (const connection of connections) connection.reset();
});
