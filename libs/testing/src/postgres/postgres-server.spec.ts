import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../free-port';
import { processStart } from '../process-alive';
import { endProcessTree } from '../process-tree';
import type { RunningServer } from '../server-process';
import { startOwner } from '../server-owner.fixture';
import { scratchFolder } from '../scratch-folder';
import { waitFor } from '../wait-for';
import { testFolder } from '../workspace';
import { copyOfTemplate } from './data-folder';
import { postgresBinaries } from './postgres-binaries';
import { startPostgres } from './postgres-server';
import { removeReachable, serverUser } from './server-user';

const folder = scratchFolder();
const running: RunningServer[] = [];
const ownedByOthers: number[] = [];
let dataDir: string;

beforeEach(async () => {
  dataDir = join(folder, `data-${Date.now()}`);
  await copyOfTemplate(dataDir, testFolder, postgresBinaries());
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  for (const pid of ownedByOthers.splice(0)) await endProcessTree(pid, { graceMs: 5_000 });
  removeReachable(dataDir);
});

afterAll(() => removeReachable(folder));

async function start(options: { port?: number; dataDir?: string } = {}): Promise<RunningServer> {
  const server = await startPostgres({ dataDir, durable: false, ...options });
  running.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const { rows } = await client.query<Record<string, unknown>>(sql).finally(() => client.end());
  return rows[0];
}

it('makes a data folder where there is none, with an empty database behind a password', async () => {
  removeReachable(dataDir);
  const { url } = await start();
  await expect(ask(url, 'SELECT current_database() AS name')).resolves.toEqual({ name: 'app' });
  await expect(ask(url.replace(/:[^:@]+@/, ':guess@'), 'SELECT 1')).rejects.toThrow(
    'password authentication failed',
  );
});

it('finds at the second start what the first one stored', async () => {
  const first = await start();
  await ask(first.url, 'CREATE TABLE note AS SELECT 42 AS answer');
  await first.stop();
  const second = await start();
  await expect(ask(second.url, 'SELECT answer FROM note')).resolves.toEqual({ answer: 42 });
});

it('leaves no process and no hold on the folder when stopped, even with a client connected', async () => {
  const server = await start();
  const client = new Client({ connectionString: server.url });
  client.on('error', () => undefined);
  await client.connect();
  await server.stop();
  expect(processStart(server.pid)).toBeUndefined();
  expect(() => statSync(`${dataDir}.owner`)).toThrow('ENOENT');
});

it('never runs as root', async () => {
  await start();
  const { uid } = statSync(join(dataDir, 'postmaster.pid'));
  expect(uid).toBe(process.getuid?.() === 0 ? 65_534 : process.getuid?.());
});

it('listens on the loopback address only', async () => {
  const { url } = await start();
  await expect(ask(url, 'SHOW listen_addresses')).resolves.toEqual({ listen_addresses: '127.0.0.1' });
  await expect(ask(url, 'SHOW unix_socket_directories')).resolves.toEqual({ unix_socket_directories: '' });
});

it('is not misled by a postmaster.pid that names an innocent process of the same user', async () => {
  const innocent = spawn('sleep', ['60'], serverUser);
  const lines = [innocent.pid, dataDir, 1, 5432, '', '127.0.0.1', '', 'ready', ''];
  writeFileSync(join(dataDir, 'postmaster.pid'), lines.join('\n'));
  const { url } = await start().finally(() => innocent.kill());
  await expect(ask(url, 'SELECT 1 AS one')).resolves.toEqual({ one: 1 });
});

it('refuses a folder that another living process serves, naming that process', async () => {
  await start();
  await expect(start()).rejects.toThrow(`is in use by process ${process.pid}: stop that one first`);
});

it('refuses a taken port in one line before touching any data', async () => {
  const port = await freePort();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  await expect(start({ port })).rejects.toThrow(`Port ${port} for Postgres is taken`);
  await new Promise((resolve) => squatter.close(resolve));
});

it('refuses a folder that holds something else', async () => {
  const other = join(folder, 'other');
  mkdirSync(other, { recursive: true });
  writeFileSync(join(other, 'letter.txt'), 'Dear Sir');
  await expect(start({ dataDir: other })).rejects.toThrow(
    /other(, which is not empty: move it| was made by| is not a Postgres data folder)/,
  );
  expect(readFileSync(join(other, 'letter.txt'), 'utf8')).toBe('Dear Sir');
});

it('quotes the log when the server does not start', async () => {
  writeFileSync(join(dataDir, 'postgresql.conf'), 'no_such_setting = 1\n');
  await expect(start()).rejects.toThrow(/Postgres did not start.*unrecognized configuration parameter/s);
});

describe('when its owner was killed', () => {
  it('ends by itself', async () => {
    const owner = await startOwner('postgres', dataDir);
    ownedByOthers.push(owner.serverPid);
    await owner.kill();
    await waitFor(() => processStart(owner.serverPid) === undefined, {
      timeoutMs: 10_000,
      message: 'Postgres to end',
    });
  });

  it('is stopped by the next start when it could not end by itself', async () => {
    const owner = await startOwner('postgres', dataDir);
    ownedByOthers.push(owner.serverPid);
    await owner.killWithGuard();
    expect(processStart(owner.serverPid)).toBeDefined();
    const { url } = await start();
    expect(processStart(owner.serverPid)).toBeUndefined();
    await expect(ask(url, 'SELECT 1 AS one')).resolves.toEqual({ one: 1 });
  });
});
