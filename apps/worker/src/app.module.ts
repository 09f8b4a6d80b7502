import { DatabaseModule, type DatabaseSchema } from '@kubernest/db';
import { LifecycleModule } from '@kubernest/lifecycle';
import { ConsumersModule, type JobProcessor, type QueueDefinition, QueueModule } from '@kubernest/queue';
import { RedisModule } from '@kubernest/redis';
import { SessionCleanupModule, sessionCleanupQueue, sessionsSchema } from '@kubernest/sessions';
import { TelemetryModule } from '@kubernest/telemetry';
import { DynamicModule, Module, type Type } from '@nestjs/common';
import { join } from 'node:path';
import { QueuePage } from './queue-page/queue-page';
import { SessionCleanupProcessor } from './session-cleanup.processor';
import type { WorkerConfig } from './variables';

/** What this worker consumes; components/keda scales it by their length. */
export const queues: QueueDefinition<object>[] = [sessionCleanupQueue];
const processors: Type<JobProcessor<object>>[] = [SessionCleanupProcessor];
const schema: DatabaseSchema[] = [sessionsSchema];

@Module({})
export class AppModule {
  /** @param artefact the folder of the built worker, which holds the files of the queue page */
  static forRoot(config: WorkerConfig, artefact: string): DynamicModule {
    return {
      module: AppModule,
      imports: [
        LifecycleModule.forRoot(config),
        TelemetryModule.forRoot(config),
        DatabaseModule.forRoot({ config, schema, applicationName: 'worker' }),
        RedisModule.forRoot({ config, name: 'worker' }),
        QueueModule.forRoot({ config }),
        ConsumersModule.forRoot({
          config,
          queues,
          processors,
          imports: [SessionCleanupModule.forRoot({ config })],
          schedules: [
            {
              id: 'cleanup-expired-sessions',
              queue: sessionCleanupQueue,
              pattern: config.SESSION_CLEANUP_SCHEDULE,
            },
          ],
        }),
      ],
      providers: QueuePage.providers(config, { queues, files: join(artefact, 'queue-page') }),
    };
  }
}
