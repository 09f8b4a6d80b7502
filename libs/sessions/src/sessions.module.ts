import { DynamicModule, Module } from '@nestjs/common';
import { AccountsService } from './accounts.service';
import { PasswordHashes } from './password-hashes';
import { RevocationFeed } from './revocation-feed';
import { SessionAuthentication } from './session-authentication';
import { SessionCache } from './session-cache';
import { SessionReader } from './session-reader';
import { SessionRevoker } from './session-revoker';
import { SessionTokens } from './session-token';
import { SessionsService } from './sessions.service';
import { SignInLimiter } from './sign-in-limiter';
import { SignInService } from './sign-in.service';
import { VerifiedTokens } from './verified-tokens';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

@Module({})
export class SessionsModule {
  /** For a process that serves sessions. Needs DatabaseModule, RedisModule and LifecycleModule. */
  static forRoot({ config }: { config: SessionsConfig }): DynamicModule {
    return {
      module: SessionsModule,
      providers: [
        { provide: SESSIONS_CONFIG, useValue: config },
        PasswordHashes,
        SessionTokens,
        VerifiedTokens,
        SessionCache,
        SessionReader,
        RevocationFeed,
        SessionRevoker,
        SignInLimiter,
        AccountsService,
        SignInService,
        SessionAuthentication,
        SessionsService,
      ],
      exports: [AccountsService, SignInService, SessionAuthentication, SessionsService],
    };
  }
}
