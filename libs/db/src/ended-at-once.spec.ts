import { UnavailableError } from '@kubernest/errors';
import { TestDatabase, testDatabase, waitFor } from '@kubernest/testing';
import { once } from 'node:events';
import { AddressInfo, connect, createServer, Server, Socket } from 'node:net';
import { OpenDatabase, openDatabase } from './database.fixture';

const READY = Buffer.from('5a0000000549', 'hex');
const FATAL = fatal('57P01', 'terminating connection due to administrator command');
const TIMEOUT_MS = 10_000;

let test: TestDatabase;
let server: Server;
let url: URL;
let opened: OpenDatabase;
/** New sessions end in the moment in which they have begun. */
let ending = false;

beforeAll(async () => {
  test = await testDatabase();
  server = createServer((client) => forward(client, new URL(test.url))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(test.url);
  url.hostname = '127.0.0.1';
  url.port = String((server.address() as AddressInfo).port);
});

beforeEach(async () => {
  opened = await openDatabase({ DATABASE_URL: url.href, DATABASE_POOL_MAX: '2' });
  await opened.database.connected(TIMEOUT_MS);
});

afterEach(async () => {
  ending = false;
  await opened.close();
});

afterAll(async () => {
  server.close();
  await test.drop();
});

/** "Ready for query" and the end arrive in one piece, as they do when Postgres shuts down or the process is busy. */
function forward(client: Socket, { hostname, port }: URL): void {
  const backend = connect(Number(port), hostname);
  client.on('data', (data) => backend.write(data));
  backend.on('data', (data) => {
    if (ending && data.subarray(-READY.length).equals(READY)) client.end(Buffer.concat([data, FATAL]));
    else client.write(data);
  });
  for (const [from, to] of [
    [client, backend],
    [backend, client],
  ] as const) {
    from.on('error', () => undefined);
    from.on('close', () => to.destroy());
  }
}

function fatal(code: string, message: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const head = Buffer.from('E\0\0\0\0');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/** The pool's only one is taken, so that another has to be opened. */
function onNewConnection(work: () => Promise<unknown>): Promise<unknown> {
  return opened.database.withConnection(() => {
    ending = true;
    return work();
  });
}

it.each([
  ['a statement', () => opened.database.query('SELECT 1')],
  ['a transaction', () => opened.database.transaction((manager) => manager.query('SELECT 1'))],
  ['work without a transaction', () => opened.database.run((manager) => manager.query('SELECT 1'))],
])('a session that ends as soon as it has begun costs %s, not the process', async (_what, work) => {
  await expect(onNewConnection(work)).rejects.toThrow(UnavailableError);
  ending = false;
  await waitFor(() => opened.lifecycle.listOpenWork().length === 0, {
    timeoutMs: TIMEOUT_MS,
    message: 'the dead connection to leave the pool',
  });
  const sleeps = [1, 2].map(() => opened.database.query('SELECT 1 AS one, pg_sleep(0.05)'));
  await expect(Promise.all(sleeps)).resolves.toHaveLength(2);
});
