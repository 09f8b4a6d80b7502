import { UnavailableError } from '@kubernest/errors';
import { Inject, Injectable } from '@nestjs/common';
import { hash, verify } from '@node-rs/argon2';
import { SESSIONS_CONFIG, type SessionsConfig } from './variables';

/**
 * argon2id as OWASP's Password Storage Cheat Sheet has it: 19 MiB, two passes, one lane. Changing these needs a new
 * UNKNOWN, or an unknown address would be told from a wrong password by the time it takes.
 */
export const PASSWORD_HASH_OPTIONS = {
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
  outputLen: 32,
} as const;

/** Of 32 random bytes that nobody kept, with the parameters above. */
export const UNKNOWN =
  '$argon2id$v=19$m=19456,t=2,p=1$KmqCeYC50jvDvq+GcrtGEA$mD5kboa/BvXGgZs3mbxuOA92VGlb8/J1r/W639MqLS8';

/** About a second's worth of waiting at the default concurrency; more callers than that are refused. */
const MAX_WAITING = 100;

/** Hashes passwords, a bounded number at a time: each takes memory and a thread that others need too. */
@Injectable()
export class PasswordHashes {
  private running = 0;
  private readonly waiting: (() => void)[] = [];

  constructor(@Inject(SESSIONS_CONFIG) private readonly config: SessionsConfig) {}

  /** @throws UnavailableError when too many are waiting */
  hash(password: string): Promise<string> {
    return this.inTurn(() => hash(password, PASSWORD_HASH_OPTIONS));
  }

  /**
   * Without a hash (nobody has this address) the same work is done, and the answer is false.
   *
   * @throws UnavailableError when too many are waiting
   */
  async matches(stored: string | undefined, password: string): Promise<boolean> {
    const matches = await this.inTurn(() => verify(stored ?? UNKNOWN, password));
    return matches && stored !== undefined;
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= this.config.PASSWORD_HASH_CONCURRENCY) await this.wait();
    else this.running += 1;
    try {
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next();
      else this.running -= 1;
    }
  }

  /** Whoever is done hands its place over, so `running` stays as it is. */
  private wait(): Promise<void> {
    if (this.waiting.length >= MAX_WAITING)
      throw new UnavailableError('password hashing', 'too many sign-ins at once: try again in a few seconds');
    return new Promise((resolve) => this.waiting.push(resolve));
  }
}
