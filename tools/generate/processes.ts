/* eslint-disable @nx/enforce-module-boundaries -- what the apps declare is in their sources, to which no package name leads */
import { environmentVariables, type Variable } from '@kubernest/config';
import { databaseVariables, migrationVariables } from '@kubernest/db';
import { httpVariables, lifecycleVariables } from '@kubernest/lifecycle';
import { redisVariables } from '@kubernest/redis';
import { sessionCleanupVariables, sessionVariables } from '@kubernest/sessions';
import { telemetryVariables } from '@kubernest/telemetry';
import { apiVariables } from '../../apps/api/src/variables';
import { migrateVariables } from '../../apps/migrate/src/variables';
import { commandVariables, workerVariables } from '../../apps/worker/src/variables';

type Variables = Readonly<Record<string, Variable>>;

/** What is started with which variables; in the order in which the documents name them. */
export const processes: Readonly<Record<string, Variables>> = {
  api: apiVariables.variables,
  worker: workerVariables.variables,
  migrate: migrateVariables.variables,
  'cleanup-expired-sessions': commandVariables.variables,
};

/** The headings of the documents, one for each lib. What an app declares itself comes last. */
export const groups: readonly { title: string; names: readonly string[] }[] = [
  group('Environment', environmentVariables),
  group('HTTP', httpVariables({ port: 0 })),
  group('Readiness and shutdown', lifecycleVariables),
  group('Logs and metrics', telemetryVariables),
  group('PostgreSQL', databaseVariables, migrationVariables),
  group('Redis', redisVariables),
  group('Sessions', sessionVariables),
  group('Cleanup of expired sessions', sessionCleanupVariables),
];

function group(title: string, ...sets: { variables: Variables }[]) {
  return { title, names: sets.flatMap(({ variables }) => Object.keys(variables)) };
}
