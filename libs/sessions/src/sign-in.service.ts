import { Database } from '@kubernest/db';
import { UnauthenticatedError, UnavailableError } from '@kubernest/errors';
import { Inject, Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { Account } from './account.entity';
import type { Client, Credentials } from './inputs';
import { PasswordHashes } from './password-hashes';
import { hashOfKey, newKey, SessionTokens } from './session-token';
import { SessionView, toSessionView } from './session-view';
import { Session } from './session.entity';
import { SignInLimiter } from './sign-in-limiter';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

const USER_AGENT_MAX = 512;
const ADDRESS_MAX = 64;

/** Nothing where the account was deleted meanwhile. */
const INSERT = `
  INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at, user_agent, address)
  SELECT $1, id, $3, now() + make_interval(secs => $4), now() + make_interval(secs => $5), $6, $7
  FROM account WHERE id = $2
  RETURNING created_at AS "createdAt", last_used_at AS "lastUsedAt", expires_at AS "expiresAt",
    absolute_expires_at AS "absoluteExpiresAt"`;

export interface SignedIn {
  /** Goes into `Authorization: Bearer`; it is nowhere stored. */
  token: string;
  /** The token's own end, ISO 8601: the absolute one of the session. */
  expiresAt: string;
  session: SessionView;
}

@Injectable()
export class SignInService {
  constructor(
    @Inject(Database) private readonly database: Database,
    @Inject(SignInLimiter) private readonly limiter: SignInLimiter,
    @Inject(PasswordHashes) private readonly passwords: PasswordHashes,
    @Inject(SessionTokens) private readonly tokens: SessionTokens,
    @Inject(SESSIONS_CONFIG) private readonly config: SessionsConfig,
  ) {}

  /**
   * @throws UnauthenticatedError, the same and after the same work for a wrong password and an unknown address;
   * TooManyRequestsError after too many of them; UnavailableError while Postgres is away or too many sign in at once
   */
  async signIn({ email, password }: Credentials, client: Client): Promise<SignedIn> {
    const attempt = await this.limiter.attempt(email, client.address);
    try {
      const signedIn = await this.check({ email, password }, client);
      await attempt.takeBack();
      return signedIn;
    } catch (error) {
      // Else an outage of Postgres would lock out everybody who tried again meanwhile.
      if (error instanceof UnavailableError) await attempt.takeBack();
      throw error;
    }
  }

  private async check({ email, password }: Credentials, client: Client): Promise<SignedIn> {
    const account = await this.database.run((manager) => manager.findOneBy(Account, { email }));
    const matches = await this.passwords.matches(account?.passwordHash, password);
    if (!account || !matches) throw wrongCredentials();
    return this.begin(account.id, client);
  }

  private async begin(accountId: string, client: Client): Promise<SignedIn> {
    const id = randomUUID();
    const key = newKey();
    const userAgent = client.userAgent?.slice(0, USER_AGENT_MAX) ?? null;
    const address = client.address.slice(0, ADDRESS_MAX);
    const { SESSION_IDLE_LIFETIME_SECONDS: idle, SESSION_ABSOLUTE_LIFETIME_SECONDS: absolute } = this.config;
    const values = [id, accountId, hashOfKey(key), idle, absolute, userAgent, address];
    const [times] = await this.database.query<
      Pick<Session, 'createdAt' | 'lastUsedAt' | 'expiresAt' | 'absoluteExpiresAt'>
    >(INSERT, values);
    if (!times) throw wrongCredentials();
    return {
      token: this.tokens.sign({ sessionId: id, key }, times.absoluteExpiresAt),
      expiresAt: times.absoluteExpiresAt.toISOString(),
      session: toSessionView({ id, userAgent, address, ...times }, id),
    };
  }
}

function wrongCredentials(): UnauthenticatedError {
  return new UnauthenticatedError('wrong-credentials', 'Email address or password is wrong: check both');
}
