import { scratchFolder, startRedis, type RunningServer } from '@kubernest/testing';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AccountClient, PASSWORD } from './account-client';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';

const PER_ACCOUNT = 5;
const PER_ADDRESS = 8;
const PODS = 2;

let folder: string;
/** Of this file alone, so that it can be taken away. */
let redis: RunningServer;
let environment: Environment;
beforeAll(async () => {
  folder = scratchFolder();
  redis = await startRedis({ dir: join(folder, 'redis') });
  environment = await freshEnvironment({
    REDIS_URL: redis.url,
    READINESS_CRITICAL: 'postgres',
    SIGN_IN_LIMIT_PER_ACCOUNT: String(PER_ACCOUNT),
    SIGN_IN_LIMIT_PER_ADDRESS: '1000',
  });
});
afterEach(killRunning);
afterAll(async () => {
  await redis.stop();
  await environment.close();
  await rm(folder, { recursive: true });
});

async function startPods(env: NodeJS.ProcessEnv = {}): Promise<AccountClient[]> {
  const starting = Array.from({ length: PODS }, () =>
    RunningApp.start('api', { ...environment.env, ...env }),
  );
  return Promise.all(starting.map(async (pod) => new AccountClient(await (await pod).ready())));
}

/** Guesses at all pods at once; how many of them were looked at, and not refused by the limit. */
async function guesses(
  pods: AccountClient[],
  count: number,
  emailOf: (index: number) => string,
): Promise<number> {
  const answers = await Promise.all(
    Array.from({ length: count }, (_, index) => {
      const pod = pods[index % PODS];
      if (!pod) throw new Error('no pod');
      return pod.signIn(emailOf(index), `guess number ${index}`);
    }),
  );
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status !== 401 && status !== 429)).toEqual([]);
  return statuses.filter((status) => status === 401).length;
}

describe('guesses at one account from everywhere', () => {
  test('are limited over all pods together, also when they all come at once, and then the right one fails too', async () => {
    const pods = await startPods();
    await pods[0]?.register('target@example.com');
    expect(await guesses(pods, 40, () => 'target@example.com')).toBe(PER_ACCOUNT);
    for (const pod of pods) expect((await pod.signIn('target@example.com', PASSWORD)).status).toBe(429);
    // However the address is written.
    expect(
      await guesses(pods, 4, (index) => [' Target@example.com', 'TARGET@EXAMPLE.COM '][index % 2] ?? ''),
    ).toBe(0);
  });

  test('are limited by each process for itself while Redis is away: by as much again for each pod', async () => {
    const pods = await startPods();
    await pods[0]?.register('other-target@example.com');
    expect(await guesses(pods, 3, () => 'other-target@example.com')).toBe(3);
    await redis.stop();
    // Whoever counted in Redis until now begins anew: the slack that operations.md names.
    const looked = await guesses(pods, 40, () => 'other-target@example.com');
    expect(looked).toBe(PODS * PER_ACCOUNT);
    redis = await startRedis({ dir: join(folder, 'redis'), port: redis.port });
  });
});

describe('guesses from one client address at many accounts', () => {
  const env = { SIGN_IN_LIMIT_PER_ADDRESS: String(PER_ADDRESS), SIGN_IN_LIMIT_PER_ACCOUNT: '1000' };
  const guessWith = async (pods: AccountClient[], headersOf: (index: number) => Record<string, string>) => {
    const statuses: number[] = [];
    for (let index = 0; index < PER_ADDRESS + 6; index++) {
      const body = { email: `victim-${index}@example.com`, password: 'wrong' };
      const answer = await pods[index % PODS]?.call('POST', '/v1/sessions', {
        body,
        headers: headersOf(index),
      });
      statuses.push(answer?.status ?? 0);
    }
    return statuses.filter((status) => status === 401).length;
  };
  const claims = (index: number) => ({
    'x-forwarded-for': `203.0.113.${index}`,
    'x-real-ip': `203.0.113.${index}`,
    'true-client-ip': `203.0.113.${index}`,
    forwarded: `for=203.0.113.${index}`,
  });

  test('are limited whatever the client says of its address, with no trusted proxy', async () => {
    const pods = await startPods({ ...env, REDIS_KEY_PREFIX: 'hops-0', TRUSTED_PROXY_HOPS: '0' });
    expect(await guessWith(pods, claims)).toBe(PER_ADDRESS);
  });

  test('are limited by what the one trusted proxy has added, and not by what stood there before', async () => {
    const pods = await startPods({ ...env, REDIS_KEY_PREFIX: 'hops-1', TRUSTED_PROXY_HOPS: '1' });
    const proxied = (client: string) => (index: number) => ({
      ...claims(index),
      'x-forwarded-for': `203.0.113.${index}, ${client}`,
    });
    expect(await guessWith(pods, proxied('198.51.100.7'))).toBe(PER_ADDRESS);
    // Another client is not held for it.
    expect(await guessWith(pods, proxied('198.51.100.8'))).toBe(PER_ADDRESS);
  });

  test('are limited by the network of an IPv6 address, of which a client has the whole', async () => {
    const pods = await startPods({ ...env, REDIS_KEY_PREFIX: 'ipv6', TRUSTED_PROXY_HOPS: '1' });
    expect(await guessWith(pods, (index) => ({ 'x-forwarded-for': `2001:db8:1:2:${index}::1` }))).toBe(
      PER_ADDRESS,
    );
  });
});
