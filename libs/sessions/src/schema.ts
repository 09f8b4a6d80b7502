import type { DatabaseSchema } from '@kubernest/db';
import { Account } from './account.entity';
import { AccountsAndSessions1763942400000 } from './migrations/1763942400000-accounts-and-sessions';
import { SessionCleanupRecord1764028800000 } from './migrations/1764028800000-session-cleanup-record';
import { SessionCleanupRecord } from './session-cleanup-record.entity';
import { SessionRevocation } from './session-revocation.entity';
import { Session } from './session.entity';

export const sessionsSchema: DatabaseSchema = {
  entities: [Account, Session, SessionRevocation, SessionCleanupRecord],
  migrations: [AccountsAndSessions1763942400000, SessionCleanupRecord1764028800000],
};
