import { SessionCleanup, SessionCleanupModule, sessionsSchema } from '@kubernest/sessions';
import type { Command } from './command';

export const cleanupExpiredSessionsCommand: Command = {
  name: 'cleanup-expired-sessions',
  about: 'deletes expired sessions, or leaves that to another run that is at it',
  schema: [sessionsSchema],
  imports: (config) => [SessionCleanupModule.forRoot({ config })],
  run: (app, signal) => app.get(SessionCleanup).run({ signal }),
};
