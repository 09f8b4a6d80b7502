import { Lifecycle } from '@kubernest/lifecycle';
import { REDIS, RedisConfig } from '@kubernest/redis';
import { Metrics } from '@kubernest/telemetry';
import { DynamicModule, Module, ModuleMetadata, Type } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { Consumers } from './consumers';
import type { QueueDefinition } from './define-queue';
import type { JobProcessor } from './job-processor';
import { exportQueues } from './queue-metrics';
import { QueueProducer } from './queue-producer';
import { type Schedule, Schedules } from './schedules';

@Module({})
export class QueueModule {
  /** `QueueProducer` for the process, with its place in the shutdown. Needs RedisModule. */
  static forRoot({ config }: { config: RedisConfig }): DynamicModule {
    return {
      module: QueueModule,
      global: true,
      providers: [{ provide: QueueProducer, useFactory: openProducer(config), inject: [REDIS, Lifecycle] }],
      exports: [QueueProducer],
    };
  }
}

function openProducer(config: RedisConfig) {
  return (redis: Redis, lifecycle: Lifecycle): QueueProducer => {
    const producer = new QueueProducer(redis, config.REDIS_KEY_PREFIX);
    lifecycle.onClose('queues', 'queues', () => producer.close());
    return producer;
  };
}

export interface ConsumersOptions {
  config: RedisConfig;
  /** Every queue of the features that this worker serves. */
  queues: readonly QueueDefinition<unknown>[];
  /** One for each of them. */
  processors: Type<JobProcessor<unknown>>[];
  /** The modules whose services the processors call. */
  imports: NonNullable<ModuleMetadata['imports']>;
  schedules?: readonly Schedule[];
}

@Module({})
export class ConsumersModule {
  /** Needs QueueModule. */
  static forRoot({ config, queues, processors, imports, schedules = [] }: ConsumersOptions): DynamicModule {
    return {
      module: ConsumersModule,
      imports,
      providers: [
        ...processors,
        Schedules.provider(schedules),
        {
          provide: Consumers,
          useFactory: (
            lifecycle: Lifecycle,
            producer: QueueProducer,
            metrics: Metrics | undefined,
            ...instances: JobProcessor<unknown>[]
          ) => {
            if (metrics) exportQueues(metrics, queues, producer);
            return new Consumers(queues, instances, config, lifecycle, metrics);
          },
          inject: [Lifecycle, QueueProducer, { token: Metrics, optional: true }, ...processors],
        },
      ],
    };
  }
}
