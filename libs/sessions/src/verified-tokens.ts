import { Inject, Injectable } from '@nestjs/common';
import { hashOfKey, SessionTokens } from './session-token';

/** Of each of two generations; one takes about half a kilobyte. */
const KEPT = 2_000;

export interface VerifiedToken {
  sessionId: string;
  keyHash: Buffer;
  /** In milliseconds since 1970. */
  expiresAtMs: number;
}

/**
 * Remembers tokens whose signature was checked, so that a client that sends many requests costs one check. Whether a token was signed with
 * our secret does not change while the process runs; whether it has expired does, and is looked at each time. That its session lives is
 * not known here. Forged tokens are not remembered: nobody can push out the others without signing in.
 */
@Injectable()
export class VerifiedTokens {
  // Two generations instead of an order of use: that would have to be noted at every request.
  private recent = new Map<string, VerifiedToken>();
  private older = new Map<string, VerifiedToken>();

  constructor(@Inject(SessionTokens) private readonly tokens: SessionTokens) {}

  /** @throws UnauthenticatedError for a token that is malformed, expired, or not signed with one of the secrets */
  verify(token: string): VerifiedToken {
    const recent = this.recent.get(token);
    if (recent && isLive(recent)) return recent;
    const older = this.older.get(token);
    const verified = older && isLive(older) ? older : this.check(token);
    this.keep(token, verified);
    return verified;
  }

  private check(token: string): VerifiedToken {
    const { sessionId, key, expiresAtMs } = this.tokens.verify(token);
    return { sessionId, keyHash: hashOfKey(key), expiresAtMs };
  }

  private keep(token: string, verified: VerifiedToken): void {
    if (this.recent.size >= KEPT) {
      this.older = this.recent;
      this.recent = new Map();
    }
    // A copy: V8 would keep the whole header field that the token was cut out of.
    this.recent.set(Buffer.from(token, 'latin1').toString('latin1'), verified);
  }
}

/** One that does not seem to be is left to the verifier, whose word on time is the only one. */
function isLive({ expiresAtMs }: VerifiedToken): boolean {
  return expiresAtMs > Date.now();
}
