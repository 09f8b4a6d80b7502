import type { DatabaseSchema } from '@kubernest/db';
import { Account } from './account.entity';
import { AccountsAndSessions1763942400000 } from './migrations/1763942400000-accounts-and-sessions';
import { SessionRevocation } from './session-revocation.entity';
import { Session } from './session.entity';

export const sessionsSchema: DatabaseSchema = {
  entities: [Account, Session, SessionRevocation],
  migrations: [AccountsAndSessions1763942400000],
};
