import { boolean, composeVariables, ConfigOf, defineVariables } from '@kubernest/config';
import { databaseVariables } from '@kubernest/db';
import { httpVariables, lifecycleVariables } from '@kubernest/lifecycle';
import { redisVariables } from '@kubernest/redis';
import { sessionVariables } from '@kubernest/sessions';
import { telemetryVariables, tracingVariables } from '@kubernest/telemetry';

const documentationVariables = defineVariables({
  DOCS_ENABLED: {
    about: 'Serve /openapi.json and its page at /docs.',
    schema: boolean(),
    default: 'true',
  },
});

export const apiVariables = composeVariables(
  httpVariables({ port: 3000 }),
  lifecycleVariables,
  telemetryVariables,
  tracingVariables,
  databaseVariables,
  redisVariables,
  sessionVariables,
  documentationVariables,
);

export type ApiConfig = ConfigOf<typeof apiVariables>;
