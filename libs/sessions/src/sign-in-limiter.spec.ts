import { TooManyRequestsError, UnavailableError } from '@kubernest/errors';
import { RunningServer, startRedis } from '@kubernest/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccountsService } from './accounts.service';
import { SignInService } from './sign-in.service';
import { newEmail, nowhere, PASSWORD, Pod, SessionsFixture } from './testing/sessions-fixture';

const LIMITS = { SIGN_IN_LIMIT_PER_ACCOUNT: '5', SIGN_IN_LIMIT_PER_ADDRESS: '20' };

let fixture: SessionsFixture;
let pod: Pod;
let lastAddress = 0;

beforeAll(async () => {
  fixture = await SessionsFixture.start(LIMITS);
  pod = await (await fixture.pod()).caches();
});

afterAll(() => fixture.stop());

/** One that no other test uses. */
const newAddress = () => `198.51.100.${(lastAddress += 1)}`;

async function account(): Promise<string> {
  const email = newEmail();
  await pod.get(AccountsService).register({ email, password: PASSWORD });
  return email;
}

interface Attempt {
  email?: string;
  password?: string;
  address?: string;
  by?: Pod;
}

/** `ok`, or the kind of the error. */
async function attempt({
  email = newEmail(),
  password = 'wrong',
  address = newAddress(),
  by = pod,
}: Attempt) {
  try {
    await by.get(SignInService).signIn({ email, password }, { address });
    return 'ok';
  } catch (error) {
    return (error as { kind: string }).kind;
  }
}

async function attempts(count: number, of: () => Attempt): Promise<Record<string, number>> {
  const outcomes = await Promise.all(Array.from({ length: count }, () => attempt(of())));
  return Object.fromEntries(
    Object.entries(Object.groupBy(outcomes, String)).map(([kind, all]) => [kind, all?.length ?? 0]),
  );
}

describe('sign-ins', () => {
  it('to one account are limited, from wherever they come, also in one burst', async () => {
    const email = await account();
    const outcomes = await attempts(12, () => ({ email }));
    expect(outcomes).toEqual({ unauthenticated: 5, 'too-many-requests': 7 });
    await expect(attempt({ email, password: PASSWORD })).resolves.toBe('too-many-requests');
  });

  it('to an address that nobody has are limited alike', async () => {
    const email = newEmail();
    await expect(attempts(12, () => ({ email }))).resolves.toEqual({
      unauthenticated: 5,
      'too-many-requests': 7,
    });
  });

  it('from one client address are limited, to whatever account they go, also in one burst', async () => {
    const address = newAddress();
    await expect(attempts(25, () => ({ address }))).resolves.toEqual({
      unauthenticated: 20,
      'too-many-requests': 5,
    });
  });

  it('from one IPv6 network are limited together', async () => {
    let host = 0;
    const outcomes = await attempts(25, () => ({ address: `2001:db8:7:7::${(host += 1)}` }));
    expect(outcomes).toEqual({ unauthenticated: 20, 'too-many-requests': 5 });
    await expect(attempt({ address: '2001:db8:7:8::1' })).resolves.toBe('unauthenticated');
  });

  it('are limited by all pods together', async () => {
    const other = await (await fixture.pod()).caches();
    const email = await account();
    let turn = 0;
    const outcomes = await attempts(12, () => ({ email, by: (turn += 1) % 2 ? pod : other }));
    expect(outcomes).toEqual({ unauthenticated: 5, 'too-many-requests': 7 });
  });

  it('that succeed do not count', async () => {
    const [email, address] = [await account(), newAddress()];
    for (let n = 0; n < 22; n += 1) {
      await expect(attempt({ email, address, password: PASSWORD })).resolves.toBe('ok');
    }
  });

  it('that succeed do not give a guesser more attempts', async () => {
    const [email, address, own] = [await account(), newAddress(), await account()];
    await attempts(4, () => ({ email, address }));
    await attempt({ email: own, address, password: PASSWORD });
    await attempt({ email, password: PASSWORD });
    await expect(attempts(5, () => ({ email, address }))).resolves.toEqual({
      unauthenticated: 1,
      'too-many-requests': 4,
    });
  });

  it('that Postgres could not judge do not count', async () => {
    const [email, address] = [await account(), newAddress()];
    const cutOff = await fixture.pod();
    const attemptOf = () => ({ email, address, by: cutOff, password: PASSWORD });
    const away = jest.spyOn(cutOff.database, 'run').mockRejectedValue(new UnavailableError('postgres'));
    for (let n = 0; n < 30; n++) await expect(attempt(attemptOf())).resolves.toBe('unavailable');
    away.mockRestore();
    await expect(attempt(attemptOf())).resolves.toBe('ok');
  });

  it('that an address is refused do not use up the limit of the account', async () => {
    const [email, address] = [await account(), newAddress()];
    await attempts(20, () => ({ address }));
    await attempts(20, () => ({ address, email }));
    await expect(attempt({ email, password: PASSWORD })).resolves.toBe('ok');
  });

  it('may be tried again after the window, and the error says when', async () => {
    const short = await (await fixture.pod({ SIGN_IN_LIMIT_WINDOW_SECONDS: '1' })).caches();
    const email = await account();
    await attempts(5, () => ({ email, by: short }));
    const refused = await short
      .get(SignInService)
      .signIn({ email, password: PASSWORD }, { address: newAddress() })
      .catch((error: unknown) => error as TooManyRequestsError);
    expect(refused).toBeInstanceOf(TooManyRequestsError);
    expect(refused).toMatchObject({ retryAfterSeconds: 1 });
    await new Promise((resolve) => setTimeout(resolve, 1_050));
    await expect(attempt({ email, password: PASSWORD, by: short })).resolves.toBe('ok');
  });

  it('leave neither the account nor the client address in Redis', async () => {
    const [email, address] = [await account(), newAddress()];
    await attempt({ email, address });
    const keys = await pod.redis.keys(`${fixture.env['REDIS_KEY_PREFIX']}:sign-in-limit:*`);
    expect(keys.length).toBeGreaterThan(1);
    expect(keys.join('\n')).not.toContain(email);
    expect(keys.join('\n')).not.toContain(address);
  });
});

describe('without Redis', () => {
  it('each process limits sign-ins for itself', async () => {
    const alone = await fixture.pod({ REDIS_URL: await nowhere(fixture.env['REDIS_URL'] ?? '') });
    const email = await account();
    const outcomes = await attempts(12, () => ({ email, by: alone }));
    expect(outcomes).toEqual({ unauthenticated: 5, 'too-many-requests': 7 });
  });

  it('so it does while Redis is paused', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sessions-'));
    const redis: RunningServer = await startRedis({ dir: join(folder, 'redis') });
    const paused = await (await fixture.pod({ REDIS_URL: redis.url })).caches();
    const email = await account();
    process.kill(redis.pid, 'SIGSTOP');
    try {
      const outcomes = await attempts(12, () => ({ email, by: paused }));
      expect(outcomes).toEqual({ unauthenticated: 5, 'too-many-requests': 7 });
    } finally {
      process.kill(redis.pid, 'SIGCONT');
      await paused.close();
      await redis.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
