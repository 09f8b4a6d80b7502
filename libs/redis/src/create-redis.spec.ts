import { loadConfig } from '@kubernest/config';
import { freePort, RunningServer, scratchFolder, startRedis, waitFor } from '@kubernest/testing';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { join } from 'node:path';
import { captureLog } from './captured-log.fixture';
import { createRedis, RedisOptions } from './create-redis';
import { redisVariables } from './variables';

/** A request must know sooner than this. */
const FAST_MS = 1_000;
const RECOVERY_MS = 2_000;

let folder: string;
let port: number;
let server: RunningServer;
const open: Redis[] = [];

const start = async () => {
  server = await startRedis({ dir: join(folder, 'data'), port });
};

beforeAll(async () => {
  Logger.overrideLogger(false);
  folder = scratchFolder();
  port = await freePort();
  await start();
});

afterEach(() => {
  for (const redis of open.splice(0)) redis.disconnect();
});

afterAll(async () => {
  await server.stop();
});

function connect(role: RedisOptions['role'], url = `redis://127.0.0.1:${port}`): Redis {
  const config = loadConfig(redisVariables, { REDIS_URL: url });
  const redis = createRedis(config, { role, name: `${role}-spec` });
  open.push(redis);
  return redis;
}

function answers(redis: Redis, withinMs = RECOVERY_MS): Promise<boolean> {
  return waitFor(async () => Boolean(await redis.ping()), { timeoutMs: withinMs, message: 'an answer' });
}

async function failsFast(redis: Redis): Promise<void> {
  const startedAt = performance.now();
  await expect(redis.get('key')).rejects.toThrow();
  expect(performance.now() - startedAt).toBeLessThan(FAST_MS);
}

const pause = () => process.kill(server.pid, 'SIGSTOP');
const resume = () => process.kill(server.pid, 'SIGCONT');

it('shows the connection’s name to the operator', async () => {
  const redis = connect('producer');
  await answers(redis);
  await expect(redis.client('LIST')).resolves.toContain('name=producer-spec');
});

describe('a producer', () => {
  it('fails fast while Redis is away, from the start too, and works within 2 s of its return', async () => {
    await server.stop();
    const redis = connect('producer');
    await failsFast(redis);
    await start();
    await answers(redis);
    await server.stop();
    await waitFor(() => redis.status === 'reconnecting', { timeoutMs: 2_000, message: 'the loss' });
    for (let attempt = 0; attempt < 5; attempt++) await failsFast(redis);
    await start();
    await answers(redis);
  });

  it('fails fast while Redis is paused, and works within 2 s of its return', async () => {
    const redis = connect('producer');
    await answers(redis);
    pause();
    await failsFast(redis);
    resume();
    await answers(redis);
  });

  it('gives up a connection that stays silent, and works within 2 s when Redis speaks again', async () => {
    const redis = connect('producer');
    await answers(redis);
    pause();
    const closed = new Promise((resolve) => redis.once('close', resolve));
    await failsFast(redis);
    await closed;
    await failsFast(redis);
    resume();
    await answers(redis);
  });

  it.each(['itself', 'its duplicate'])(
    'keeps the next connection of %s when one closed with a command in hand',
    async (which) => {
      const original = connect('producer');
      const redis = which === 'itself' ? original : original.duplicate();
      redis.on('error', () => undefined);
      open.push(redis);
      await answers(redis);
      const lost = redis.blpop('nothing', 30);
      await Promise.all([expect(lost).rejects.toThrow(), server.stop()]);
      await start();
      await answers(redis);
      const id = await redis.client('ID');
      // Past the moment when the silence of the first connection would have been too long.
      await waitFor(
        async () => {
          const age = /age=(\d+)/.exec(await redis.client('INFO'))?.[1];
          return Number(age) >= 2;
        },
        { timeoutMs: 5_000, intervalMs: 100, message: 'the second connection to be 2 s old' },
      );
      expect(await redis.client('ID')).toBe(id);
    },
  );

  it('does not send a command again that may have been carried out', async () => {
    const redis = connect('producer');
    await answers(redis);
    pause();
    const failed = expect(redis.incr('once')).rejects.toThrow();
    await new Promise((resolve) => redis.once('close', resolve));
    await failed;
    resume();
    await answers(redis);
    await expect(redis.get('once')).resolves.toBe('1');
  });

  it('fails at once while there is no connection, without waiting for a time-out', async () => {
    await server.stop();
    const redis = connect('producer');
    const outcome = redis.get('key').then(
      () => 'answered',
      () => 'failed',
    );
    const nextTurn = new Promise((resolve) => setImmediate(() => resolve('still waiting')));
    await expect(Promise.race([outcome, nextTurn])).resolves.toBe('failed');
    await start();
  });

  it('looks for another server when this one has become read-only', async () => {
    const redis = connect('producer');
    await answers(redis);
    const id = await redis.client('ID');
    await redis.replicaof('127.0.0.1', 1);
    await expect(redis.set('key', 'value')).rejects.toThrow('READONLY');
    await answers(redis);
    expect(await redis.client('ID')).not.toBe(id);
    await redis.replicaof('NO', 'ONE');
    await expect(redis.set('key', 'value')).resolves.toBe('OK');
  });
});

describe('a consumer', () => {
  it('waits while Redis is away', async () => {
    const redis = connect('consumer');
    await answers(redis);
    await server.stop();
    const answer = redis.ping();
    await waitFor(() => redis.status === 'reconnecting', { timeoutMs: 2_000, message: 'the loss' });
    await start();
    await expect(answer).resolves.toBe('PONG');
  });

  it('fails what waits when it is closed between two tries', async () => {
    const redis = connect('consumer');
    await answers(redis);
    await server.stop();
    const answer = redis.ping();
    await waitFor(() => redis.status === 'reconnecting', { timeoutMs: 2_000, message: 'the loss' });
    redis.disconnect();
    await expect(answer).rejects.toThrow('Connection is closed');
    expect(redis.status).toBe('end');
    await start();
  });

  it('waits while Redis is paused', async () => {
    const redis = connect('consumer');
    const other = connect('producer');
    await Promise.all([answers(redis), answers(other)]);
    pause();
    const answer = redis.ping();
    // A producer gives up meanwhile.
    await failsFast(other);
    resume();
    await expect(answer).resolves.toBe('PONG');
  });

  it('waits for a server that takes writes', async () => {
    const redis = connect('consumer');
    const operator = connect('producer');
    await Promise.all([answers(redis), answers(operator)]);
    const id = await redis.client('ID');
    await operator.replicaof('127.0.0.1', 1);
    const written = redis.set('key', 'value');
    await waitFor(async () => (await redis.client('ID')) !== id, {
      timeoutMs: 5_000,
      message: 'a reconnect',
    });
    await operator.replicaof('NO', 'ONE');
    await expect(written).resolves.toBe('OK');
  });
});

describe('the log', () => {
  it('has one line for an outage and one for the return', async () => {
    const redis = connect('producer');
    await answers(redis);
    const log = captureLog();
    await server.stop();
    let tries = 0;
    redis.on('reconnecting', () => (tries += 1));
    await waitFor(() => tries >= 4, { timeoutMs: 5_000, message: 'several tries' });
    await start();
    await answers(redis);
    log.stop();
    expect(log.messages()).toEqual([
      'redis is not available (producer-spec): trying again',
      'redis is back (producer-spec)',
    ]);
  });
});
