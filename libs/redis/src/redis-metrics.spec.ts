import { loadConfig } from '@kubernest/config';
import { freePort, RunningServer, scratchFolder, startRedis, waitFor } from '@kubernest/testing';
import { Metrics } from '@kubernest/telemetry';
import { Logger } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { createRedis } from './create-redis';
import { redisVariables } from './variables';

let server: RunningServer;
let metrics: Metrics;
let redis: Redis;

beforeAll(async () => {
  server = await startRedis({ dir: scratchFolder(), port: await freePort() });
});

beforeEach(async () => {
  Logger.overrideLogger(false);
  metrics = new Metrics();
  const config = loadConfig(redisVariables, { REDIS_URL: `redis://127.0.0.1:${server.port}` });
  redis = createRedis(config, { role: 'producer', name: 'observed', metrics });
  await waitFor(() => redis.status === 'ready', { timeoutMs: 5_000, message: 'the connection' });
  metrics.registry.resetMetrics();
});

afterEach(async () => {
  redis.disconnect();
  await waitFor(() => redis.status === 'end', { timeoutMs: 5_000, message: 'the client to end' });
});

afterAll(() => server.stop());

/** How many of each command and outcome. */
async function counted(): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [, command, outcome, count] of (await metrics.registry.metrics()).matchAll(
    /^redis_command_duration_seconds_count\{command="(.+)",outcome="(\w+)"\} (\d+)$/gm,
  ))
    found[`${command ?? ''} ${outcome ?? ''}`] = Number(count);
  return found;
}

describe('the commands of a producer', () => {
  it('are each measured by their name, also in a pipeline and in a script, and by nothing else', async () => {
    await redis.set('hunter2', 'hunter3');
    await Promise.all([redis.get('hunter2'), redis.get('hunter4')]);
    await redis.pipeline().get('hunter2').del('hunter2').exec();
    await redis.eval('return redis.call("GET", KEYS[1])', 1, 'hunter2');
    expect(await counted()).toEqual({ 'set ok': 1, 'get ok': 3, 'del ok': 1, 'eval ok': 1 });
    expect(await metrics.registry.metrics()).not.toContain('hunter');
  });

  it('that fail are errors, and still fail for whoever gave them', async () => {
    await redis.set('text', 'x');
    await expect(redis.incr('text')).rejects.toThrow('not an integer');
    process.kill(server.pid, 'SIGSTOP');
    try {
      await expect(redis.get('text')).rejects.toThrow('timed out');
      await waitFor(() => redis.status !== 'ready', { timeoutMs: 10_000, message: 'the loss' });
      await expect(redis.get('text')).rejects.toThrow("isn't writeable");
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    expect(await counted()).toMatchObject({ 'set ok': 1, 'incr error': 1, 'get error': 2 });
  });
});

describe('the connection', () => {
  const up = async () =>
    (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith('redis_connection_up'));

  it('is up while it is ready, and shares the metric with others', async () => {
    const options = { role: 'consumer', name: 'other', metrics } as const;
    const other = createRedis(loadConfig(redisVariables, { REDIS_URL: 'redis://127.0.0.1:1' }), options);
    redis.disconnect(true);
    const is = (value: number) => async () =>
      (await up()).includes(`redis_connection_up{connection="observed"} ${value}`);
    await waitFor(is(0), { timeoutMs: 10_000, message: 'the connection to be down' });
    await waitFor(is(1), { timeoutMs: 10_000, message: 'the connection to be up again' });
    expect((await up()).toSorted()).toEqual([
      'redis_connection_up{connection="observed"} 1',
      'redis_connection_up{connection="other"} 0',
    ]);
    other.disconnect();
  });
});
