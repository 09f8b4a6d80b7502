import { loadConfig } from '@kubernest/config';
import { testRedis, waitFor } from '@kubernest/testing';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { createRedis } from './create-redis';
import { redisVariables } from './variables';

const { url, prefix } = testRedis();
let redis: Redis;
let writes: number;

beforeEach(async () => {
  Logger.overrideLogger(false);
  const config = loadConfig(redisVariables, { REDIS_URL: url, REDIS_COMMAND_TIMEOUT_MS: '5000' });
  redis = createRedis(config, { role: 'producer', name: 'together' });
  await waitFor(() => redis.status === 'ready', { timeoutMs: 2_000, message: 'the connection' });
  writes = 0;
  for (const method of ['_write', '_writev'] as const) {
    const write = (redis.stream[method] as (...args: unknown[]) => void).bind(redis.stream);
    redis.stream[method] = (...args: unknown[]) => {
      writes += 1;
      write(...args);
    };
  }
});

afterEach(() => {
  redis.disconnect();
});

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the commands of a producer', () => {
  it('leave in one write when they are given in one turn of the event loop, and each has its answer', async () => {
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    const echoes = numbers.map(async (number) => {
      // Requests come in one by one: what each runs up to is done before the next one is looked at.
      await Promise.resolve();
      return redis.echo(String(number));
    });
    expect(await Promise.all(echoes)).toEqual(numbers.map(String));
    expect(writes).toBe(1);
  });

  it('do not wait for the answers of those before them', async () => {
    const answered: string[] = [];
    const slow = redis.blpop(`${prefix}:nothing`, 0.2).then(() => answered.push('slow'));
    await nextTurn();
    const later = redis.ping().then(() => answered.push('later'));
    await nextTurn();
    expect(writes).toBe(2);
    await Promise.all([slow, later]);
  });

  it('keep their order, also with pipelines and transactions among them', async () => {
    const key = `${prefix}:list`;
    await Promise.all([
      redis.rpush(key, 'one'),
      redis.pipeline().rpush(key, 'two').rpush(key, 'three').exec(),
      redis.multi().rpush(key, 'four').exec(),
      redis.rpush(key, 'five'),
    ]);
    expect(await redis.lrange(key, 0, -1)).toEqual(['one', 'two', 'three', 'four', 'five']);
  });

  it('are still sent when the connection is told to end in the same turn', async () => {
    const set = redis.set(`${prefix}:last`, 'words');
    const quit = redis.quit();
    expect(await Promise.all([set, quit])).toEqual(['OK', 'OK']);
  });

  it('fail when the connection is cut in the same turn', async () => {
    const get = redis.get(`${prefix}:any`);
    redis.stream.destroy();
    await expect(get).rejects.toThrow();
  });
});
