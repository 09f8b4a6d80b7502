import { UnavailableError } from '@kubernest/errors';
import { parseOptions } from '@node-rs/argon2';
import { PASSWORD_HASH_OPTIONS, PasswordHashes, UNKNOWN } from './password-hashes';
import type { SessionsConfig } from './variables';

const hashes = (concurrency = 2) =>
  new PasswordHashes({ PASSWORD_HASH_CONCURRENCY: concurrency } as SessionsConfig);

describe('passwords', () => {
  it('match their own hash only', async () => {
    const stored = await hashes().hash('a password');
    await expect(hashes().matches(stored, 'a password')).resolves.toBe(true);
    await expect(hashes().matches(stored, 'a Password')).resolves.toBe(false);
  });

  it('are hashed with argon2id at the strength that OWASP asks for, and a salt each', async () => {
    const [one, other] = await Promise.all([hashes().hash('a password'), hashes().hash('a password')]);
    expect(one).not.toBe(other);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    expect(parseOptions(one)).toMatchObject(PASSWORD_HASH_OPTIONS);
  });

  it('of nobody cost as much to verify as those of somebody', async () => {
    expect(parseOptions(UNKNOWN)).toEqual(parseOptions(await hashes().hash('a password')));
  });

  it('of nobody match nothing', async () => {
    await expect(hashes().matches(undefined, 'a password')).resolves.toBe(false);
  });

  it('are hashed a bounded number at a time, and too many waiting are refused', async () => {
    const bounded = hashes(1);
    const results = await Promise.allSettled(
      Array.from({ length: 103 }, () => bounded.matches(undefined, 'x')),
    );
    const refused = results.flatMap((result) =>
      result.status === 'rejected' ? [result.reason as Error] : [],
    );
    expect(refused).toHaveLength(2);
    expect(refused[0]).toBeInstanceOf(UnavailableError);
    await expect(bounded.matches(undefined, 'x')).resolves.toBe(false);
  });
});
