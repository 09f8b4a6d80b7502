import { Logger } from '@nestjs/common';
import { Redis } from 'ioredis';
import type { RedisConfig } from './variables';

export interface RedisOptions {
  /**
   * `producer` fails fast: a request cannot wait for Redis to come back. `consumer` waits for ever, as a worker does for
   * its next job.
   */
  role: 'producer' | 'consumer';
  /** Shown by CLIENT LIST. */
  name: string;
}

const CONNECT_TIMEOUT_MS = 2_000;
const KEEP_ALIVE_MS = 10_000;
const RETRY_STEP_MS = 100;
const LAST_RETRY_MS = 1_000;

/**
 * The one way to a connection. It connects in the background, goes on trying at most a second apart, and logs a loss and
 * a return once each.
 */
export function createRedis(config: RedisConfig, { role, name }: RedisOptions): Redis {
  const redis = new Redis(config.REDIS_URL, {
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (attempt) => Math.min(attempt * RETRY_STEP_MS, LAST_RETRY_MS),
    // After a failover the old master answers READONLY: look for the new one, and let this command fail.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(role === 'producer' ? failFast(config) : { maxRetriesPerRequest: null }),
  });
  logOutages(redis, name);
  return redis;
}

function failFast(config: RedisConfig) {
  return {
    enableOfflineQueue: false,
    commandTimeout: config.REDIS_COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 1,
    // A command that may have been carried out is not sent a second time behind its caller's back.
    autoResendUnfulfilledCommands: false,
  };
}

function logOutages(redis: Redis, name: string): void {
  const logger = new Logger('Redis');
  let away = false;
  redis.on('error', (error: Error) => {
    if (!away) logger.warn({ msg: `redis is not available (${name}): trying again`, err: error });
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.log({ msg: `redis is back (${name})` });
    away = false;
  });
}
