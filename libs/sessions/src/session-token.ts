import { UnauthenticatedError } from '@kubernest/errors';
import { Inject, Injectable } from '@nestjs/common';
import { createSigner, createVerifier, TOKEN_ERROR_CODES } from 'fast-jwt';
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

/** Ours have about 260 characters; anything much longer is not worth a look. */
const MAX_TOKEN_LENGTH = 512;
const KEY_BYTES = 24;
const MS_PER_SECOND = 1000;
const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/;
const KEY = /^[\w-]{32}$/;

export interface TokenClaims {
  sessionId: string;
  /** Random; only its hash is stored. */
  key: string;
}

/** What a token says that was signed with one of our secrets. */
export interface SignedClaims extends TokenClaims {
  /** In milliseconds since 1970. */
  expiresAtMs: number;
}

/** Signs and verifies session tokens: JWT, HS256, claims `sid`, `key`, `iat`, `exp`. No I/O. */
@Injectable()
export class SessionTokens {
  private readonly signer: (payload: object) => string;
  private readonly verifiers: ((token: string) => unknown)[];

  constructor(@Inject(SESSIONS_CONFIG) config: SessionsConfig) {
    this.signer = createSigner({ key: config.JWT_SECRET, algorithm: 'HS256' });
    this.verifiers = [config.JWT_SECRET, config.JWT_SECRET_PREVIOUS]
      .filter((key) => key !== undefined)
      .map((key) => createVerifier({ key, algorithms: ['HS256'], requiredClaims: ['sid', 'key', 'exp'] }));
  }

  /** `expiresAt` is the absolute end of the session; that of idleness is kept with the session. */
  sign({ sessionId, key }: TokenClaims, expiresAt: Date): string {
    return this.signer({ sid: sessionId, key, exp: Math.ceil(expiresAt.getTime() / MS_PER_SECOND) });
  }

  /** @throws UnauthenticatedError for a token that is malformed, expired, or not signed with one of the secrets */
  verify(token: string): SignedClaims {
    if (token.length > MAX_TOKEN_LENGTH) throw notSignedIn();
    for (const verifier of this.verifiers) {
      const claims = outcome(verifier, token);
      if (claims !== 'signed with another secret') return claims;
    }
    throw notSignedIn();
  }
}

function outcome(
  verifier: (token: string) => unknown,
  token: string,
): SignedClaims | 'signed with another secret' {
  try {
    // Of the claims the verifier checks only that there are all three, and that `exp` is a number in the future.
    const { sid, key, exp } = verifier(token) as { sid: unknown; key: unknown; exp: number };
    if (typeof sid === 'string' && UUID.test(sid) && typeof key === 'string' && KEY.test(key))
      return { sessionId: sid, key, expiresAtMs: exp * MS_PER_SECOND };
  } catch (error) {
    if ((error as { code?: unknown }).code === TOKEN_ERROR_CODES.invalidSignature)
      return 'signed with another secret';
    throw notSignedIn(error);
  }
  throw notSignedIn();
}

export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

/** What is stored of a key. It is random and long, so it needs neither salt nor a slow hash. */
export function hashOfKey(key: string): Buffer {
  return hash('sha256', key, 'buffer');
}

export function sameHash(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** One answer for every reason: the caller learns nothing but that it has to sign in. */
export function notSignedIn(cause?: unknown): UnauthenticatedError {
  return new UnauthenticatedError(
    'unauthenticated',
    'The session token is missing, not valid any more, or was never valid: sign in',
    cause === undefined ? undefined : { cause },
  );
}
