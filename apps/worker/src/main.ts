import 'reflect-metadata';
import { loadConfigOrExit } from '@kubernest/config';
import { runService } from '@kubernest/lifecycle';
import { createLogger, tracing } from '@kubernest/telemetry';
import { dirname } from 'node:path';
import { AppModule } from './app.module';
import { cleanupExpiredSessions } from './cleanup-expired-sessions.command';
import { workerVariables } from './variables';

const USAGE = `Usage: node main.js [command]

Without a command: takes jobs from the queues until SIGTERM.

Commands, which run once and exit:
  cleanup-expired-sessions   deletes expired sessions; exit code 0 when done, or when another run is at it
`;
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

async function main(command: string | undefined): Promise<void> {
  if (command === undefined) return serve();
  if (command === 'cleanup-expired-sessions') return cleanupExpiredSessions(process.env);
  const asked = command === '--help' || command === '-h';
  (asked ? process.stdout : process.stderr).write(
    asked ? USAGE : `There is no command "${command}".\n\n${USAGE}`,
  );
  process.exitCode = asked ? 0 : EXIT_USAGE;
}

void main(process.argv[2]);
