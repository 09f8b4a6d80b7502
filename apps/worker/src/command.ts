import { Environment, loadConfigOrExit } from '@kubernest/config';
import { Database, DatabaseModule, type DatabaseSchema } from '@kubernest/db';
import { exitOnSignal, LifecycleModule } from '@kubernest/lifecycle';
import { createLogger, tracing } from '@kubernest/telemetry';
import { DynamicModule, INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandConfig, commandVariables } from './variables';

/** What `node main.js NAME` does, once. */
export interface Command {
  /** Also that of its CronJob, and of the process in log and traces. */
  name: string;
  /** A line of `--help`. */
  about: string;
  /** Of the features that it uses. */
  schema: readonly DatabaseSchema[];
  /** The modules whose services it calls. */
  imports: (config: CommandConfig) => NonNullable<ModuleMetadata['imports']>;
  /** Ends soon, at a safe point, once `signal` is aborted. */
  run: (app: INestApplicationContext, signal: AbortSignal) => Promise<unknown>;
}

@Module({})
class CommandModule {
  static forRoot({ name, schema, imports }: Command, config: CommandConfig): DynamicModule {
    return {
      module: CommandModule,
      imports: [
        LifecycleModule.forRoot(config),
        DatabaseModule.forRoot({ config, schema, applicationName: name }),
        ...imports(config),
      ],
    };
  }
}

/** Exit code 0 when it is done, 1 when it failed or a signal came: a Job then runs it again. */
export async function runCommand(command: Command, env: Environment): Promise<void> {
  const { name, run } = command;
  const config = loadConfigOrExit(commandVariables, env);
  const logger = await createLogger(config, name);
  await tracing.start(config, name);
  const stopping = new AbortController();
  exitOnSignal(() => stopping.abort());
  const app = await NestFactory.createApplicationContext(CommandModule.forRoot(command, config), { logger });
  try {
    await app.get(Database).connected(config.DATABASE_CONNECT_TIMEOUT_MS);
    await tracing.run({ name, kind: 'internal' }, () => run(app, stopping.signal));
    if (stopping.signal.aborted) process.exitCode = 1;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error({ msg: `${name} failed: ${reason}`, err: error });
    process.exitCode = 1;
  } finally {
    await app.close();
    await tracing.flush(config.SHUTDOWN_TIMEOUT_MS);
  }
}
