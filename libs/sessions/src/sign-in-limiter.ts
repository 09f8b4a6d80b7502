import { TooManyRequestsError } from '@kubernest/errors';
import { REDIS } from '@kubernest/redis';
import { Inject, Injectable } from '@nestjs/common';
import type { Redis } from 'ioredis';
import { hash } from 'node:crypto';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { limitedAddress } from './client-address';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

export interface SignInAttempt {
  /** It was no guess: one that succeeds, or whose password nobody could look at, costs nothing. */
  takeBack(): Promise<void>;
}

/**
 * Limits sign-ins per client address and per account, in Redis for all pods together; while Redis is away or paused,
 * each process counts for itself.
 *
 * An attempt counts before the password is looked at, so that a burst of parallel ones cannot pass. Addresses that nobody
 * has an account for count alike, or the limit would tell them apart. Keys are hashed: Redis holds no personal data.
 */
@Injectable()
export class SignInLimiter {
  private readonly perAddress: RateLimiterRedis;
  private readonly perAccount: RateLimiterRedis;

  constructor(@Inject(REDIS) redis: Redis, @Inject(SESSIONS_CONFIG) config: SessionsConfig) {
    this.perAddress = limiter(redis, config, 'address', config.SIGN_IN_LIMIT_PER_ADDRESS);
    this.perAccount = limiter(redis, config, 'account', config.SIGN_IN_LIMIT_PER_ACCOUNT);
  }

  /** @throws TooManyRequestsError */
  async attempt(email: string, clientAddress: string): Promise<SignInAttempt> {
    const address = hashed(limitedAddress(clientAddress));
    const account = hashed(email);
    // In this order, so that an address that is over its limit does not use up that of an account.
    await consume(this.perAddress, address);
    await consume(this.perAccount, account);
    return {
      takeBack: async () => {
        await Promise.all([this.perAddress.reward(address), this.perAccount.reward(account)]);
      },
    };
  }
}

function limiter(redis: Redis, config: SessionsConfig, by: string, points: number): RateLimiterRedis {
  const options = {
    keyPrefix: `${config.REDIS_KEY_PREFIX}:sign-in-limit:${by}`,
    points,
    duration: config.SIGN_IN_LIMIT_WINDOW_SECONDS,
  };
  return new RateLimiterRedis({
    ...options,
    storeClient: redis,
    rejectIfRedisNotReady: true,
    insuranceLimiter: new RateLimiterMemory(options),
  });
}

async function consume(by: RateLimiterRedis, key: string): Promise<void> {
  try {
    await by.consume(key);
  } catch (error) {
    if (!(error instanceof RateLimiterRes)) throw error;
    const retryAfterSeconds = Math.max(Math.ceil(error.msBeforeNext / 1000), 1);
    throw new TooManyRequestsError(
      `Too many sign-ins failed: try again in ${retryAfterSeconds} s`,
      retryAfterSeconds,
    );
  }
}

function hashed(subject: string): string {
  return hash('sha256', subject, 'base64url');
}
