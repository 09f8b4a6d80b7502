/* eslint-disable @nx/enforce-module-boundaries -- what the apps declare is in their sources, to which no package name leads */
import { environmentVariables, type Variable, type VariableSet } from '@kubernest/config';
import { databaseVariables, migrationVariables } from '@kubernest/db';
import { documentationVariables } from '@kubernest/http';
import { httpVariables, lifecycleVariables } from '@kubernest/lifecycle';
import { redisVariables } from '@kubernest/redis';
import { sessionCleanupVariables, sessionVariables } from '@kubernest/sessions';
import { telemetryVariables, tracingVariables } from '@kubernest/telemetry';
import { apiVariables } from '../../apps/api/src/variables';
import { migrateVariables } from '../../apps/migrate/src/variables';
import { commands } from '../../apps/worker/src/commands';
import { workerVariables } from '../../apps/worker/src/variables';

type Variables = Readonly<Record<string, Variable>>;

/** What is started with which variables, and what has to hold between them; in the order in which the documents name them. */
export const variableSets: Readonly<Record<string, VariableSet<never>>> = {
  api: apiVariables,
  worker: workerVariables,
  migrate: migrateVariables,
  ...Object.fromEntries(commands.map(({ name, variables }) => [name, variables])),
};

export const processes: Readonly<Record<string, Variables>> = Object.fromEntries(
  Object.entries(variableSets).map(([name, { variables }]) => [name, variables]),
);

/** Of every secret the value that the documents show, which production refuses. */
export const exampleSecrets: Readonly<Record<string, string>> = Object.fromEntries(
  Object.values(processes)
    .flatMap((variables) => Object.entries(variables))
    .flatMap(([name, { secret, example }]) => (secret && example !== undefined ? [[name, example]] : [])),
);

/** The headings of the documents, one for each lib. What an app declares itself comes last. */
export const groups: readonly { title: string; names: readonly string[] }[] = [
  group('Environment', environmentVariables),
  group('HTTP', httpVariables({ port: 0 }), documentationVariables),
  group('Readiness and shutdown', lifecycleVariables),
  group('Logs and metrics', telemetryVariables),
  group('Traces', tracingVariables),
  group('PostgreSQL', databaseVariables, migrationVariables),
  group('Redis', redisVariables),
  group('Sessions', sessionVariables),
  group('Cleanup of expired sessions', sessionCleanupVariables),
];

function group(title: string, ...sets: { variables: Variables }[]) {
  return { title, names: sets.flatMap(({ variables }) => Object.keys(variables)) };
}
