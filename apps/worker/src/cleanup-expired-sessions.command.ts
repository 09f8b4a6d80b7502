import { composeVariables, type ConfigOf } from '@kubernest/config';
import {
  SessionCleanup,
  SessionCleanupModule,
  sessionCleanupVariables,
  sessionsSchema,
} from '@kubernest/sessions';
import type { Command } from './command';
import { commandVariables } from './variables';

const variables = composeVariables(commandVariables, sessionCleanupVariables);

export const cleanupExpiredSessionsCommand: Command<ConfigOf<typeof variables>> = {
  name: 'cleanup-expired-sessions',
  about: 'deletes expired sessions, or leaves that to another run that is at it',
  variables,
  schema: [sessionsSchema],
  imports: (config) => [SessionCleanupModule.forRoot({ config })],
  run: (app, signal) => app.get(SessionCleanup).run({ signal }),
};
