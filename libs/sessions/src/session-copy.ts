/** A session that a token was accepted for. Times are ISO 8601, UTC. */
export interface AuthenticatedSession {
  id: string;
  accountId: string;
  email: string;
  createdAt: string;
  /** Exact to SESSION_EXTEND_INTERVAL_SECONDS. */
  lastUsedAt: string;
  /** If it is not used before; use extends it. */
  expiresAt: string;
  userAgent: string | null;
  address: string | null;
}

/** What Redis holds of a session. */
export interface SessionCopy {
  session: AuthenticatedSession;
  keyHash: Buffer;
  /** By Postgres's clock, in milliseconds since 1970. Nobody may use the copy at or after this moment. */
  readableUntilMs: number;
}

/** Bounds how long a copy can be readable after Postgres was asked, and with it how long a revocation must be remembered. */
export const COPY_MAX_MS = 60_000;

type Written = [readableUntilMs: number, keyHash: string, session: AuthenticatedSession];

export function writeCopy({ session, keyHash, readableUntilMs }: SessionCopy): string {
  return JSON.stringify([readableUntilMs, keyHash.toString('base64url'), session] satisfies Written);
}

/** Undefined when the text is not a copy: Postgres knows better than anything odd in Redis. */
export function readCopy(text: string): SessionCopy | undefined {
  try {
    const [readableUntilMs, keyHash, session] = JSON.parse(text) as Written;
    return { readableUntilMs, keyHash: Buffer.from(keyHash, 'base64url'), session };
  } catch {
    return undefined;
  }
}
