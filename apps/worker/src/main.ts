import 'reflect-metadata';
import { loadConfigOrExit } from '@kubernest/config';
import { runService } from '@kubernest/lifecycle';
import { createLogger, tracing } from '@kubernest/telemetry';
import { dirname } from 'node:path';
import { AppModule } from './app.module';
import { runCommand } from './command';
import { commands, usage } from './commands';
import { workerVariables } from './variables';

/** `EX_USAGE` of BSD's sysexits.h. */
const EXIT_USAGE = 64;

async function serve(): Promise<void> {
  const config = loadConfigOrExit(workerVariables, process.env);
  await tracing.start(config, 'worker');
  await runService({
    module: AppModule.forRoot(config, dirname(process.argv[1] ?? '')),
    config,
    logger: await createLogger(config, 'worker'),
  });
}

async function main(argument: string | undefined): Promise<void> {
  if (argument === undefined) return serve();
  const command = commands.find(({ name }) => name === argument);
  if (command) return runCommand(command, process.env);
  const asked = argument === '--help' || argument === '-h';
  (asked ? process.stdout : process.stderr).write(
    asked ? usage() : `There is no command "${argument}".\n\n${usage()}`,
  );
  process.exitCode = asked ? 0 : EXIT_USAGE;
}

void main(process.argv[2]);
