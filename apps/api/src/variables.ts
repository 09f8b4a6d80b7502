import { composeVariables, ConfigOf } from '@kubernest/config';
import { databaseVariables } from '@kubernest/db';
import { documentationVariables } from '@kubernest/http';
import { httpVariables, lifecycleVariables } from '@kubernest/lifecycle';
import { redisVariables } from '@kubernest/redis';
import { sessionVariables } from '@kubernest/sessions';
import { telemetryVariables, tracingVariables } from '@kubernest/telemetry';

export const apiVariables = composeVariables(
  httpVariables({ port: 3000 }),
  documentationVariables,
  lifecycleVariables,
  telemetryVariables,
  tracingVariables,
  databaseVariables,
  redisVariables,
  sessionVariables,
);

export type ApiConfig = ConfigOf<typeof apiVariables>;
