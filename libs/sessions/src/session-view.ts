import type { AuthenticatedSession } from './session-copy';
import type { Session } from './session.entity';

/** A session as its owner sees it. Times are ISO 8601, UTC. */
export interface SessionView {
  id: string;
  createdAt: string;
  lastUsedAt: string;
  expiresAt: string;
  userAgent: string | null;
  address: string | null;
  /** Whether the request itself was made with it. */
  current: boolean;
}

export interface CurrentSessionView {
  account: { id: string; email: string };
  session: SessionView;
}

type ViewedSession = Pick<Session, 'id' | 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'userAgent' | 'address'>;

export function toSessionView(session: ViewedSession, currentId: string): SessionView {
  return {
    id: session.id,
    createdAt: session.createdAt.toISOString(),
    lastUsedAt: session.lastUsedAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    userAgent: session.userAgent,
    address: session.address,
    current: session.id === currentId,
  };
}

/** Who am I. */
export function toCurrentSessionView({
  accountId,
  email,
  ...session
}: AuthenticatedSession): CurrentSessionView {
  return { account: { id: accountId, email }, session: { ...session, current: true } };
}
