import { Environment, loadConfigOrExit } from '@kubernest/config';
import { Database, DatabaseModule } from '@kubernest/db';
import { exitOnSignal, LifecycleModule } from '@kubernest/lifecycle';
import { SessionCleanup, SessionCleanupModule, sessionsSchema } from '@kubernest/sessions';
import { createLogger, tracing } from '@kubernest/telemetry';
import { DynamicModule, LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandConfig, commandVariables } from './variables';

const NAME = 'cleanup-expired-sessions';

@Module({})
class CommandModule {
  static forRoot(config: CommandConfig): DynamicModule {
    return {
      module: CommandModule,
      imports: [
        LifecycleModule.forRoot(config),
        DatabaseModule.forRoot({
          config,
          schema: [sessionsSchema],
          applicationName: NAME,
        }),
        SessionCleanupModule.forRoot({ config }),
      ],
    };
  }
}

/** The cleanup, once, for a CronJob. Exit code 0 when done or when another run is at it, else 1: stopped, or failed. */
export async function cleanupExpiredSessions(env: Environment): Promise<void> {
  const config = loadConfigOrExit(commandVariables, env);
  const logger = await createLogger(config, NAME);
  await tracing.start(config, NAME);
  const stopping = new AbortController();
  exitOnSignal(() => stopping.abort());
  const app = await NestFactory.createApplicationContext(CommandModule.forRoot(config), { logger });
  try {
    await app.get(Database).connected(config.DATABASE_CONNECT_TIMEOUT_MS);
    const clean = () => app.get(SessionCleanup).run({ signal: stopping.signal });
    const { outcome } = await tracing.run({ name: NAME, kind: 'internal' }, clean);
    if (outcome === 'stopped') process.exitCode = 1;
  } catch (error) {
    fail(logger, error);
  } finally {
    await app.close();
    await tracing.flush(config.SHUTDOWN_TIMEOUT_MS);
  }
}

function fail(logger: LoggerService, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  logger.error({
    msg: `session cleanup failed; what it deleted so far stays deleted: ${reason}`,
    err: error,
  });
  process.exitCode = 1;
}
