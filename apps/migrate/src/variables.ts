import { composeVariables } from '@kubernest/config';
import { migrationVariables } from '@kubernest/db';
import { telemetryVariables } from '@kubernest/telemetry';

export const migrateVariables = composeVariables(migrationVariables, telemetryVariables);
