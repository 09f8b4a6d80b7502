import { loadConfig } from '@kubernest/config';
import { Lifecycle } from '@kubernest/lifecycle';
import { RedisConfig, RedisModule, redisVariables } from '@kubernest/redis';
import { Metrics } from '@kubernest/telemetry';
import { DynamicModule, Global, INestApplicationContext, LoggerService, Module, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { z } from 'zod';
import { defineQueue, QueueDefinition } from './define-queue';
import type { JobProcessor, RunningJob } from './job-processor';
import { QueueProducer } from './queue-producer';
import { ConsumersModule, QueueModule } from './queue.module';

@Global()
@Module({
  providers: [Lifecycle, { provide: Metrics, useFactory: () => new Metrics() }],
  exports: [Lifecycle, Metrics],
})
class TestPlatformModule {}

@Module({})
class TestRegistrationModule {}

export interface Payload {
  step: string;
}

export const testQueue = defineQueue<Payload>({
  name: 'test-jobs',
  payload: z.strictObject({ step: z.string() }),
  attempts: 3,
  backoffMs: 50,
  keepCompleted: 10,
  keepFailed: 5,
  lockMs: 1_000,
});

export type Handler = (job: RunningJob<Payload>) => Promise<void>;

/** Work that lasts until the process is told to stop, which may be before it begins: a job is active in Redis first. */
export function untilAborted({ signal }: RunningJob<Payload>): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

export interface TestWorker {
  app: INestApplicationContext;
  lifecycle: Lifecycle;
  metrics: Metrics;
  producer: QueueProducer;
  /** As at SIGTERM: drain, then the close steps. */
  shutDown: () => Promise<void>;
}

export function testConfig(url: string, prefix: string): RedisConfig {
  return loadConfig(redisVariables, { REDIS_URL: url, REDIS_KEY_PREFIX: prefix });
}

export function processorOf(queue: QueueDefinition<Payload>, process: Handler): Type<JobProcessor<unknown>> {
  return class {
    readonly queue = queue;
    readonly process = process;
  };
}

const SILENT: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };

interface WorkerOptions {
  logger?: LoggerService;
  beforeStart?: (lifecycle: Lifecycle) => void;
}

/** A process with a producer and, given a handler, a consumer of `testQueue`. */
export async function startWorker(
  config: RedisConfig,
  handler?: Handler,
  { logger = SILENT, beforeStart }: WorkerOptions = {},
): Promise<TestWorker> {
  const imports: DynamicModule[] = [
    RedisModule.forRoot({ config, name: 'queue-spec' }),
    QueueModule.forRoot({ config }),
  ];
  if (handler) imports.push(consuming(config, handler));
  if (beforeStart) imports.push(registering(beforeStart));
  const app = await NestFactory.createApplicationContext({ module: TestPlatformModule, imports }, { logger });
  const lifecycle = app.get(Lifecycle);
  return {
    app,
    lifecycle,
    metrics: app.get(Metrics),
    producer: app.get(QueueProducer),
    shutDown: () => shutDown(app, lifecycle),
  };
}

async function shutDown(app: INestApplicationContext, lifecycle: Lifecycle): Promise<void> {
  lifecycle.drain((_name, error) => {
    throw error;
  });
  for (const step of ['workers', 'queues', 'redis'] as const)
    await Promise.all(lifecycle.closersOf(step).map(({ close }) => close(5_000)));
  await app.close();
}

function consuming(config: RedisConfig, handler: Handler): DynamicModule {
  const processors = [processorOf(testQueue, handler)];
  return ConsumersModule.forRoot({ config, queues: [testQueue], processors, imports: [] });
}

function registering(register: (lifecycle: Lifecycle) => void): DynamicModule {
  return {
    module: TestRegistrationModule,
    providers: [
      {
        provide: 'REGISTERED',
        useFactory: register,
        inject: [Lifecycle],
      },
    ],
  };
}
