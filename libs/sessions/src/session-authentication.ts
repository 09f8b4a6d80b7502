import { Inject, Injectable } from '@nestjs/common';
import { RevocationFeed } from './revocation-feed';
import { GONE, SessionCache } from './session-cache';
import type { AuthenticatedSession } from './session-copy';
import { SessionReader } from './session-reader';
import { notSignedIn, sameHash } from './session-token';
import { VerifiedTokens } from './verified-tokens';

/** From a token to a session: the way that every request takes. */
@Injectable()
export class SessionAuthentication {
  constructor(
    @Inject(VerifiedTokens) private readonly tokens: VerifiedTokens,
    @Inject(RevocationFeed) private readonly feed: RevocationFeed,
    @Inject(SessionCache) private readonly cache: SessionCache,
    @Inject(SessionReader) private readonly reader: SessionReader,
  ) {}

  /**
   * A token that was not signed with our secret is refused without any I/O. Otherwise one GET in Redis, and Postgres only
   * when Redis has no copy, cannot be asked, or may not be trusted.
   *
   * @throws UnauthenticatedError; UnavailableError when neither Redis nor Postgres can tell
   */
  async authenticate(token: string): Promise<AuthenticatedSession> {
    const { sessionId, keyHash } = this.tokens.verify(token);
    if (this.feed.isRevoked(sessionId)) throw notSignedIn();
    const copy = this.feed.trustsCopies() ? await this.cache.find(sessionId) : undefined;
    if (copy === GONE) throw notSignedIn();
    if (copy && copy.readableUntilMs > this.feed.databaseNowMs() && sameHash(copy.keyHash, keyHash))
      return copy.session;
    return this.readThrough(sessionId, keyHash);
  }

  private async readThrough(id: string, keyHash: Buffer): Promise<AuthenticatedSession> {
    const { run } = this.cache;
    const read = await this.reader.find(id, keyHash);
    if (!read) {
      // Ids are not used twice and an expired session stays expired, so this never has to be taken back.
      void this.cache.markGone([id]);
      throw notSignedIn();
    }
    void this.cache.fill(run, read, read.readableMs);
    if (!sameHash(read.keyHash, keyHash)) throw notSignedIn();
    return read.session;
  }
}
