import 'reflect-metadata';
import { loadConfigOrExit } from '@kubernest/config';
import { migrate } from '@kubernest/db';
import { exitOnSignal } from '@kubernest/lifecycle';
import { createLogger } from '@kubernest/telemetry';
import { schema } from './schema';
import { migrateVariables } from './variables';

/**
 * Exit code 0 when the database has every migration, else 1; what was under way is rolled back. A database that is away is
 * not waited for: the Job that runs this tries again.
 */
async function main(): Promise<void> {
  const config = loadConfigOrExit(migrateVariables, process.env);
  const logger = await createLogger(config, 'migrate');
  const stopping = new AbortController();
  exitOnSignal((signal) => stopping.abort(new Error(`stopped by ${signal}`)));
  const log = (msg: string): void => {
    logger.log({ msg });
  };
  try {
    const applied = await migrate({
      config,
      schema,
      applicationName: 'migrate',
      log,
      signal: stopping.signal,
    });
    logger.log({ msg: applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply', applied });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    logger.error({ msg: `migrations were not all applied: ${reason}`, err: error });
    process.exitCode = 1;
  }
}

void main();
