import { Lifecycle } from '@kubernest/lifecycle';
import { Metrics } from '@kubernest/telemetry';
import { DynamicModule, Module } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { createRedis } from './create-redis';
import type { RedisConfig } from './variables';

/** The process's fail-fast client: `@Inject(REDIS) redis: Redis`. */
export const REDIS = Symbol('REDIS');

@Module({})
export class RedisModule {
  /** One client for the process, with its readiness check and its place in the shutdown. */
  static forRoot({ config, name }: { config: RedisConfig; name: string }): DynamicModule {
    return {
      module: RedisModule,
      global: true,
      providers: [
        {
          provide: REDIS,
          useFactory: (lifecycle: Lifecycle, metrics?: Metrics) =>
            openRedis(config, name, lifecycle, metrics),
          inject: [Lifecycle, { token: Metrics, optional: true }],
        },
      ],
      exports: [REDIS],
    };
  }
}

function openRedis(config: RedisConfig, name: string, lifecycle: Lifecycle, metrics?: Metrics): Redis {
  const redis = createRedis(config, { role: 'producer', name, ...(metrics && { metrics }) });
  // A write that changes nothing, which also a full server takes: one that has become read-only refuses it, and is left.
  // To a process that only reads, the old primary of a failover would look well for ever.
  const nothing = `${config.REDIS_KEY_PREFIX}:nothing`;
  lifecycle.addCheck({ name: 'redis', dependency: 'redis', run: () => redis.del(nothing) });
  lifecycle.onClose('redis', 'redis', async () => {
    // QUIT lets what is under way finish; with no server there is nobody to say it to.
    if (redis.status === 'ready') await redis.quit().catch(() => undefined);
    redis.disconnect();
  });
  return redis;
}
