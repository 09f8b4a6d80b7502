import { ConfigOf, defineVariables, duration, text, url } from '@kubernest/config';

export type RedisConfig = ConfigOf<typeof redisVariables>;

export const redisVariables = defineVariables({
  REDIS_URL: {
    about:
      'Redis or Valkey connection URL; rediss:// for TLS. The server must run with maxmemory-policy noeviction, since it holds the queues.',
    schema: url(['redis', 'rediss']),
    secret: true,
    example: 'redis://:change-me@127.0.0.1:6379',
  },
  REDIS_KEY_PREFIX: {
    about: 'First part of every key, so that several deployments can share a server.',
    schema: text({ max: 64 }),
    default: 'kubernest',
  },
  REDIS_COMMAND_TIMEOUT_MS: {
    about: 'How long a request waits for an answer of Redis before it goes on without.',
    schema: duration({ min: 10, max: 60_000, unit: 'ms' }),
    default: '250',
  },
});
