import type { Answer } from '../support/api-client';
import { AccountClient, PASSWORD } from './account-client';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';

const KNOWN = 'known@example.com';
const UNKNOWN = 'unknown@example.com';
const WRONG = 'not the password';

let environment: Environment;
let api: RunningApp;
let client: AccountClient;
beforeAll(async () => {
  environment = await freshEnvironment({
    SIGN_IN_LIMIT_PER_ADDRESS: '1000',
    SIGN_IN_LIMIT_PER_ACCOUNT: '100',
  });
  api = await (await RunningApp.start('api', environment.env)).ready();
  client = new AccountClient(api);
  await client.register(KNOWN);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

/** Everything that a client sees, but what differs between any two answers. */
function visible({ status, headers, body }: Answer): object {
  const fields = [...headers].filter(([name]) => !['date', 'x-request-id', 'retry-after'].includes(name));
  return { status, body: { ...body, requestId: '' }, fields };
}

describe('whether an address has an account', () => {
  test('is not told by the answer to a sign-in', async () => {
    const wrong = visible((await client.signIn(KNOWN, WRONG)) as unknown as Answer);
    expect(wrong).toMatchObject({ status: 401, body: { code: 'wrong-credentials' } });
    expect(visible((await client.signIn(UNKNOWN, WRONG)) as unknown as Answer)).toEqual(wrong);
    expect(visible((await client.signIn(UNKNOWN.toUpperCase(), 'x')) as unknown as Answer)).toEqual(wrong);
  });

  test('is not told by the answer to what is no address, which depends on the text alone', async () => {
    const answers = await Promise.all(
      [`${KNOWN} x`, `${UNKNOWN} x`].map((email) => client.signIn(email, WRONG)),
    );
    const [first, second] = answers.map((answer) => visible(answer as unknown as Answer));
    expect(first).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
    expect(second).toEqual(first);
  });

  test('is not told by the rate limit, which refuses after as many attempts', async () => {
    const env = { ...environment.env, SIGN_IN_LIMIT_PER_ACCOUNT: '4', REDIS_KEY_PREFIX: 'enumeration' };
    const limited = new AccountClient(await (await RunningApp.start('api', env)).ready());
    const attempts = async (email: string) => {
      const seen: object[] = [];
      for (let attempt = 0; attempt < 6; attempt++) {
        const answer = visible((await limited.signIn(email, WRONG)) as unknown as Answer);
        seen.push(JSON.parse(JSON.stringify(answer).replace(/in \d+ s/, 'in N s')) as object);
      }
      return seen;
    };
    const known = await attempts(KNOWN);
    expect(known.map((answer) => (answer as Answer).status)).toEqual([401, 401, 401, 401, 429, 429]);
    expect(await attempts(UNKNOWN)).toEqual(known);
  });

  test('is told by registration, by design', async () => {
    expect(await client.register(KNOWN, PASSWORD)).toMatchObject({
      status: 409,
      body: { code: 'email-taken' },
    });
  });

  /*
   * Without the work for an unknown address, its sign-in takes about a tenth of the processor time. That of the process,
   * which nobody else's load adds to, of pairs in turn, and a bound far from both one and a tenth.
   */
  test('is not told by the work that a sign-in takes', async () => {
    const work = async (email: string) => {
      const before = await cpuSeconds();
      await client.signIn(email, WRONG);
      return (await cpuSeconds()) - before;
    };
    await work(KNOWN);
    const ratios: number[] = [];
    for (let pair = 0; pair < 15; pair++) {
      const [first, second] = pair % 2 ? [KNOWN, UNKNOWN] : [UNKNOWN, KNOWN];
      const [one, other] = [await work(first), await work(second)];
      ratios.push(pair % 2 ? other / one : one / other);
    }
    const median = ratios.sort((a, b) => a - b)[7] ?? 0;
    expect(median).toBeGreaterThan(0.5);
    expect(median).toBeLessThan(2);
  });
});

async function cpuSeconds(): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${api.metricsPort}/metrics`)).text();
  return Number(/^process_cpu_seconds_total (\S+)$/m.exec(text)?.[1]);
}
