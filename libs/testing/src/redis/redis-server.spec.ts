import { rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../free-port';
import { processStart } from '../process-alive';
import { endProcessTree } from '../process-tree';
import type { RunningServer } from '../server-process';
import { scratchFolder } from '../scratch-folder';
import { startOwner } from '../server-owner.fixture';
import { waitFor } from '../wait-for';
import { startRedis, type RedisOptions } from './redis-server';

const running: RunningServer[] = [];
const ownedByOthers: number[] = [];
let dir: string;

beforeEach(() => {
  dir = join(scratchFolder(), 'data');
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.stop()));
  for (const pid of ownedByOthers.splice(0)) await endProcessTree(pid, { graceMs: 5_000 });
  rmSync(join(dir, '..'), { recursive: true, force: true });
});

async function start(options: Partial<RedisOptions> = {}): Promise<RunningServer> {
  const server = await startRedis({ dir, ...options });
  running.push(server);
  return server;
}

async function ask<T>(url: string, question: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url);
  return question(redis).finally(() => redis.disconnect());
}

it('never evicts a key and listens on the loopback address only', async () => {
  const { url } = await start();
  const settings = await ask(url, (redis) => redis.config('GET', 'maxmemory-policy', 'bind'));
  expect(settings).toEqual(expect.arrayContaining(['noeviction', '127.0.0.1']));
});

it('finds its keys at the next start when it is persistent', async () => {
  const first = await start({ persistent: true });
  await ask(first.url, (redis) => redis.set('name', 'kept'));
  await first.stop();
  const second = await start({ persistent: true });
  await expect(ask(second.url, (redis) => redis.get('name'))).resolves.toBe('kept');
});

it('forgets its keys when it is not persistent', async () => {
  const first = await start();
  await ask(first.url, (redis) => redis.set('name', 'lost'));
  await first.stop();
  const second = await start();
  await expect(ask(second.url, (redis) => redis.get('name'))).resolves.toBeNull();
});

it('leaves no process when stopped', async () => {
  const server = await start();
  await server.stop();
  expect(processStart(server.pid)).toBeUndefined();
});

it('refuses a folder that another living process serves, naming that process', async () => {
  await start();
  await expect(start()).rejects.toThrow(`is in use by process ${process.pid}: stop that one first`);
});

it('refuses a taken port in one line', async () => {
  const port = await freePort();
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(port, '127.0.0.1', resolve));
  await expect(start({ port })).rejects.toThrow(`Port ${port} for Redis is taken`);
  await new Promise((resolve) => squatter.close(resolve));
});

it('ends by itself when its owner was killed', async () => {
  const owner = await startOwner('redis', dir);
  ownedByOthers.push(owner.serverPid);
  await owner.kill();
  await waitFor(() => processStart(owner.serverPid) === undefined, {
    timeoutMs: 10_000,
    message: 'Redis to end',
  });
});

it('is stopped by the next start when it could not end with its owner', async () => {
  const owner = await startOwner('redis', dir);
  ownedByOthers.push(owner.serverPid);
  await owner.killWithGuard();
  expect(processStart(owner.serverPid)).toBeDefined();
  const { url } = await start();
  expect(processStart(owner.serverPid)).toBeUndefined();
  await expect(ask(url, (redis) => redis.ping())).resolves.toBe('PONG');
});
