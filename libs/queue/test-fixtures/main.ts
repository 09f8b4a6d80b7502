import 'reflect-metadata';
import { composeVariables, loadConfigOrExit } from '@kubernest/config';
import { Database, DatabaseModule, databaseVariables } from '@kubernest/db';
import { httpVariables, LifecycleModule, lifecycleVariables, runService } from '@kubernest/lifecycle';
import { RedisModule, redisVariables } from '@kubernest/redis';
import {
  createLogger,
  TelemetryModule,
  telemetryVariables,
  tracing,
  tracingVariables,
} from '@kubernest/telemetry';
import { Inject, Injectable, Module } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { ConsumersModule, HandedBackError, JobProcessor, QueueModule, RunningJob } from '../src';
import { Effect, effectsQueue } from './effects-queue';

/* A worker like apps/worker, for a queue whose jobs leave a trace in Postgres. */

const variables = composeVariables(
  httpVariables({ port: 0 }),
  lifecycleVariables,
  telemetryVariables,
  tracingVariables,
  databaseVariables,
  redisVariables,
);

@Injectable()
class EffectsProcessor implements JobProcessor<unknown> {
  readonly queue = effectsQueue;

  constructor(@Inject(Database) private readonly database: Database) {}

  async process({ id, payload, signal }: RunningJob<unknown>): Promise<void> {
    const { durationMs, handsBack, fails } = payload as Effect;
    if (fails) throw new TypeError('failed on purpose');
    await wait(durationMs, undefined, handsBack ? { signal } : {}).catch(() => {
      throw new HandedBackError();
    });
    await this.database.query('INSERT INTO effect VALUES ($1, $2)', [id, process.pid]);
  }
}

@Module({})
class EffectsModule {}

async function main(): Promise<void> {
  const config = loadConfigOrExit(variables, process.env);
  const logger = await createLogger(config, 'effects');
  await tracing.start(config, 'effects');
  const imports = [
    LifecycleModule.forRoot(config),
    TelemetryModule.forRoot(config),
    DatabaseModule.forRoot({ config, schema: [], applicationName: 'effects' }),
    RedisModule.forRoot({ config, name: 'effects' }),
    QueueModule.forRoot({ config }),
    ConsumersModule.forRoot({
      config,
      queues: [effectsQueue],
      processors: [EffectsProcessor],
      imports: [],
    }),
  ];
  await runService({ module: { module: EffectsModule, imports }, config, logger });
}

void main();
