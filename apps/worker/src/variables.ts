import { composeVariables, ConfigOf } from '@kubernest/config';
import { databaseVariables } from '@kubernest/db';
import { httpVariables, lifecycleVariables } from '@kubernest/lifecycle';
import { redisVariables } from '@kubernest/redis';
import { sessionCleanupVariables } from '@kubernest/sessions';
import { telemetryVariables, tracingVariables } from '@kubernest/telemetry';
import { queuePageVariables } from './queue-page/variables';

/** What every command that runs once needs: no port, no Redis. */
export const commandVariables = composeVariables(
  lifecycleVariables,
  telemetryVariables,
  tracingVariables,
  databaseVariables,
);

export const workerVariables = composeVariables(
  commandVariables,
  sessionCleanupVariables,
  httpVariables({ port: 3001 }),
  redisVariables,
  queuePageVariables,
);

export type CommandConfig = ConfigOf<typeof commandVariables>;
export type WorkerConfig = ConfigOf<typeof workerVariables>;
