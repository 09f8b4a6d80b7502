import { freePort } from '@kubernest/testing';
import { once } from 'node:events';
import { Agent } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { exchange, type Call } from './exchange';

const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
let server: Server;
let agent: Agent;
const sockets = new Set<Socket>();

beforeEach(() => (agent = new Agent({ keepAlive: true })));
afterEach(() => {
  agent.destroy();
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** Answers the requests of a connection with these texts; where there is none, it cuts the connection. */
async function serving(...answers: (string | undefined)[]): Promise<number> {
  server = createServer((socket) => {
    const left = [...answers];
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => {
      const answer = left.shift();
      if (answer === undefined) socket.resetAndDestroy();
      else socket.write(answer, () => left[0] === 'CUT' && socket.destroy());
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
}

const ask = (port: number, call: Partial<Call> = {}) =>
  exchange({ port, method: 'GET', path: '/', expected: 200, ...call });
const outcomeOf = async (port: number, call: Partial<Call> = {}) => (await ask(port, call)).outcome;

it('is answered as expected', async () => {
  expect(await ask(await serving(OK))).toEqual({ outcome: 'ok', body: 'ok' });
});

it.each([
  ['5xx', 503],
  ['unexpected', 404],
])('is %s when the status is %d', async (outcome, status) => {
  const port = await serving(`HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`);
  expect(await ask(port)).toMatchObject({ outcome, detail: expect.stringContaining(String(status)) });
});

it('is refused when nobody listens', async () => {
  await serving(OK);
  expect(await outcomeOf(await freePort())).toBe('refused');
});

it('is reset when the connection ends without an answer', async () => {
  expect(await outcomeOf(await serving())).toBe('reset');
});

it('is cut when the connection ends within the answer', async () => {
  const port = await serving('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\nok', 'CUT');
  expect(await outcomeOf(port)).toBe('cut');
});

it.each([
  ['a race when it may be repeated', 'GET', 'race'],
  ['lost when it may not', 'POST', 'reset'],
])('is, on a connection that was used before and is closed under it, %s', async (_what, method, outcome) => {
  const port = await serving(OK);
  expect(await outcomeOf(port, { agent })).toBe('ok');
  expect(await outcomeOf(port, { agent, method })).toBe(outcome);
});
