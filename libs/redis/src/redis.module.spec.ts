import { loadConfig } from '@kubernest/config';
import { Lifecycle } from '@kubernest/lifecycle';
import { freePort, RunningServer, scratchFolder, startRedis, waitFor } from '@kubernest/testing';
import { Global, INestApplicationContext, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Redis } from 'ioredis';
import { join } from 'node:path';
import { REDIS, RedisModule } from './redis.module';
import { redisVariables } from './variables';

@Global()
@Module({ providers: [Lifecycle], exports: [Lifecycle] })
class TestLifecycleModule {}

let folder: string;
let port: number;
let server: RunningServer;
let app: INestApplicationContext;
let redis: Redis;
let lifecycle: Lifecycle;

const start = async () => {
  server = await startRedis({ dir: join(folder, 'data'), port });
};

beforeAll(async () => {
  folder = scratchFolder();
  port = await freePort();
  await start();
});

beforeEach(async () => {
  const config = loadConfig(redisVariables, { REDIS_URL: `redis://127.0.0.1:${port}` });
  const imports = [RedisModule.forRoot({ config, name: 'module-spec' })];
  app = await NestFactory.createApplicationContext(
    { module: TestLifecycleModule, imports },
    { logger: false },
  );
  redis = app.get<Redis>(REDIS);
  lifecycle = app.get(Lifecycle);
  await waitFor(() => redis.status === 'ready', { timeoutMs: 2_000, message: 'the connection' });
});

afterEach(async () => {
  redis.disconnect();
  await app.close();
});

afterAll(async () => {
  await server.stop();
});

const check = () => Promise.all(lifecycle.checks.map(({ run }) => run()));

async function closesWithin(ms: number): Promise<void> {
  const startedAt = performance.now();
  await Promise.all(lifecycle.closersOf('redis').map(({ close }) => close(5_000)));
  expect(performance.now() - startedAt).toBeLessThan(ms);
  // Past the 2 s after which ioredis cuts a connection that does not end by itself.
  await waitFor(() => redis.status === 'end', { timeoutMs: 3_000, message: 'the client to end' });
}

it('is checked by readiness', async () => {
  await expect(check()).resolves.toEqual([0]);
  await server.stop();
  await waitFor(() => redis.status === 'reconnecting', { timeoutMs: 2_000, message: 'the loss' });
  await expect(check()).rejects.toThrow();
  await start();
  await waitFor(check, { timeoutMs: 2_000, message: 'the check to pass' });
});

it('is not well on a server that has become read-only, and leaves it for its successor', async () => {
  const id = await redis.client('ID');
  const operator = redis.duplicate({ enableOfflineQueue: true });
  await operator.replicaof('127.0.0.1', 1);
  try {
    await expect(check()).rejects.toThrow('READONLY');
    await waitFor(async () => (await redis.client('ID')) !== id, {
      timeoutMs: 2_000,
      message: 'a reconnect',
    });
  } finally {
    await operator.replicaof('NO', 'ONE');
    operator.disconnect();
  }
  await waitFor(check, { timeoutMs: 2_000, message: 'the check to pass' });
});

it('lets commands in hand finish when it closes', async () => {
  const answer = redis.echo('last words');
  await closesWithin(1_000);
  await expect(answer).resolves.toBe('last words');
});

it('closes while Redis is away', async () => {
  await server.stop();
  await waitFor(() => redis.status === 'reconnecting', { timeoutMs: 2_000, message: 'the loss' });
  await closesWithin(1_000);
  await start();
});

it('closes while Redis is paused', async () => {
  process.kill(server.pid, 'SIGSTOP');
  try {
    await closesWithin(2_000);
  } finally {
    process.kill(server.pid, 'SIGCONT');
  }
});
