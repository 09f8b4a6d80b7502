import { Metrics } from '@kubernest/telemetry';
import { Logger } from '@nestjs/common';
import { Redis, type RedisOptions as IoRedisOptions } from 'ioredis';
import { mend } from './mend-ioredis';
import { exportState, observeCommands } from './redis-metrics';
import type { RedisConfig } from './variables';
import { writeTogether } from './write-together';

export interface RedisOptions {
  /**
   * `producer` fails fast: a request cannot wait for Redis to come back. `consumer` waits for ever, as a worker does for
   * its next job.
   */
  role: 'producer' | 'consumer';
  /** Shown by CLIENT LIST. */
  name: string;
  metrics?: Metrics;
}

const CONNECT_TIMEOUT_MS = 2_000;
/** A command without an answer for this long: the connection is dead, though nobody has closed it. */
const PRODUCER_SILENCE_MS = 1_000;
/** Longer than the 10 s for which BullMQ blocks at most. */
const CONSUMER_SILENCE_MS = 15_000;
const KEEP_ALIVE_MS = 10_000;
const RETRY_STEP_MS = 100;
const LAST_RETRY_MS = 1_000;

/**
 * The one way to a connection. It connects in the background, goes on trying at most a second apart, and logs a loss and
 * a return once each.
 */
export function createRedis(
  config: RedisConfig,
  { role, name, metrics = Metrics.off() }: RedisOptions,
): Redis {
  const redis = new Redis(config.REDIS_URL, {
    connectionName: name,
    connectTimeout: CONNECT_TIMEOUT_MS,
    keepAlive: KEEP_ALIVE_MS,
    retryStrategy: (attempt) => Math.min(attempt * RETRY_STEP_MS, LAST_RETRY_MS),
    ...(role === 'producer' ? failFast(config) : waitPatiently()),
  });
  mend(redis);
  if (role === 'producer') {
    writeTogether(redis);
    // Those of a consumer wait for what is to come.
    observeCommands(redis, metrics);
  }
  logOutages(redis, name);
  exportState(redis, name, metrics);
  return redis;
}

function failFast(config: RedisConfig): IoRedisOptions {
  return {
    enableOfflineQueue: false,
    commandTimeout: config.REDIS_COMMAND_TIMEOUT_MS,
    socketTimeout: Math.max(PRODUCER_SILENCE_MS, 2 * config.REDIS_COMMAND_TIMEOUT_MS),
    maxRetriesPerRequest: 1,
    // A command that may have been carried out is not sent a second time behind its caller's back.
    autoResendUnfulfilledCommands: false,
    reconnectOnError: (error) => isReadOnly(error),
  };
}

function waitPatiently(): IoRedisOptions {
  return {
    maxRetriesPerRequest: null,
    socketTimeout: CONSUMER_SILENCE_MS,
    // 2: sent again once connected.
    reconnectOnError: (error) => isReadOnly(error) && 2,
  };
}

/** What the old master answers after a failover: look for the new one. */
function isReadOnly(error: Error): boolean {
  return error.message.startsWith('READONLY');
}

function logOutages(redis: Redis, name: string): void {
  const logger = new Logger('Redis');
  let away = false;
  redis.on('error', (error: Error) => {
    // An error of AUTH holds the command, and so the password; the log keeps of an error what loggable.ts of libs/telemetry names.
    if (!away) logger.warn({ msg: `redis is not available (${name}): trying again`, err: error });
    away = true;
  });
  redis.on('ready', () => {
    if (away) logger.log({ msg: `redis is back (${name})` });
    away = false;
  });
}
