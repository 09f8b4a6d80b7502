import 'reflect-metadata';
import { composeVariables, loadConfigOrExit } from '@kubernest/config';
import {
  httpVariables,
  LifecycleModule,
  lifecycleVariables,
  OpenRequests,
  runService,
} from '@kubernest/lifecycle';
import { RedisModule, redisVariables } from '@kubernest/redis';
import {
  createLogger,
  observeRequests,
  RequestMetrics,
  TelemetryModule,
  telemetryVariables,
  tracing,
  tracingVariables,
} from '@kubernest/telemetry';
import { Body, Controller, Inject, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { QueueModule, QueueProducer } from '../../src';
import { Effect, effectsQueue } from '../effects-queue';

/* An HTTP service like apps/api, with a route that adds a job for the effects worker. */

const variables = composeVariables(
  httpVariables({ port: 0 }),
  lifecycleVariables,
  telemetryVariables,
  tracingVariables,
  redisVariables,
);

@Controller('effects')
class EffectsController {
  constructor(@Inject(QueueProducer) private readonly producer: QueueProducer) {}

  @Post()
  async add(@Body() { jobId, ...effect }: Effect & { jobId: string }): Promise<void> {
    await this.producer.add(effectsQueue, effect, { jobId });
  }
}

@Module({})
class SenderModule {}

function configure(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance();
  observeRequests(server, app.get(RequestMetrics), app.get(OpenRequests));
}

async function main(): Promise<void> {
  const config = loadConfigOrExit(variables, process.env);
  const logger = await createLogger(config, 'sender');
  await tracing.start(config, 'sender');
  const imports = [
    LifecycleModule.forRoot(config),
    TelemetryModule.forRoot(config),
    RedisModule.forRoot({ config, name: 'sender' }),
    QueueModule.forRoot({ config }),
  ];
  const module = {
    module: SenderModule,
    imports,
    controllers: [EffectsController],
    providers: [RequestMetrics],
  };
  await runService({ module, config, logger, configure });
}

void main();
