import { Environment, loadConfigOrExit, type VariableSet } from '@kubernest/config';
import { Database, DatabaseModule, type DatabaseSchema } from '@kubernest/db';
import { exitOnSignal, LifecycleModule } from '@kubernest/lifecycle';
import { createLogger, tracing } from '@kubernest/telemetry';
import { DynamicModule, INestApplicationContext, Module, type ModuleMetadata } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { CommandConfig } from './variables';

/** What `node main.js NAME` does, once. */
export interface Command<Config extends CommandConfig = CommandConfig> {
  /** Also that of its CronJob, and of the process in log and traces. */
  name: string;
  /** A line of `--help`. */
  about: string;
  /** `commandVariables`, and those of the services that it calls. */
  variables: VariableSet<Config>;
  /** Of the features that it uses. */
  schema: readonly DatabaseSchema[];
  /** The modules whose services it calls. */
  imports: (config: Config) => NonNullable<ModuleMetadata['imports']>;
  /** Ends soon, at a safe point, once `signal` is aborted. */
  run: (app: INestApplicationContext, signal: AbortSignal) => Promise<unknown>;
}

@Module({})
class CommandModule {
  static forRoot<Config extends CommandConfig>(
    { name, schema, imports }: Command<Config>,
    config: Config,
  ): DynamicModule {
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
export async function runCommand<Config extends CommandConfig>(
  command: Command<Config>,
  env: Environment,
): Promise<void> {
  const { name, variables, run } = command;
  const config = loadConfigOrExit(variables, env);
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
