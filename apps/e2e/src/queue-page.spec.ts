import { freePort, scratchFolder, startRedis } from '@kubernest/testing';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { Environment, freshEnvironment } from './support/environment';
import {
  expectPageBack,
  QUEUE_PAGE_PASSWORD,
  QueuePageClient,
  queuePageEnvironment,
  USER,
} from './support/queue-page';
import { killRunning, RunningApp } from './support/running-app';
import { WORKER_STEPS } from './support/shutdown-steps';

let environment: Environment;
beforeAll(async () => {
  environment = await freshEnvironment();
});
afterEach(killRunning);
afterAll(async () => {
  await environment.close();
});

/** What a browser with the password may ask for, and a page of another site may not. */
const CHANGE = '/api/queues/nothing/pause';

const start = (overrides: NodeJS.ProcessEnv = {}) =>
  RunningApp.start('worker', { ...environment.env, ...queuePageEnvironment, ...overrides });

async function startWithPage(overrides: NodeJS.ProcessEnv = {}) {
  const worker = await (await start(overrides)).ready();
  return { worker, page: await QueuePageClient.of(worker) };
}

describe('without a port', () => {
  const preload = join(__dirname, 'support/loaded-packages.cjs');
  const PAGE_PACKAGES = /bull-board|basic-auth|(^| )fastify( |$)/m;

  test('nothing of the page is loaded', async () => {
    const watched = { NODE_OPTIONS: `--require=${preload}` };
    const without = await (await start({ ...watched, QUEUE_PAGE_PORT: '' })).ready();
    expect(await without.stop()).toBe(0);
    expect(without.output).toContain('loaded: ');
    expect(without.output).not.toMatch(PAGE_PACKAGES);
    const { worker } = await startWithPage(watched);
    expect(await worker.stop()).toBe(0);
    expect(worker.output).toMatch(PAGE_PACKAGES);
  });
});

describe('the configuration', () => {
  test.each([
    [
      'no password',
      { QUEUE_PAGE_PASSWORD: '' },
      'QUEUE_PAGE_PASSWORD is required where QUEUE_PAGE_PORT is set',
    ],
    [
      'a password that is a placeholder',
      { QUEUE_PAGE_PASSWORD: 'change-me-please' },
      'QUEUE_PAGE_PASSWORD is a placeholder',
    ],
    ['a password that is short', { QUEUE_PAGE_PASSWORD: 'p4ssw0rd' }, 'QUEUE_PAGE_PASSWORD is too short'],
  ])('with %s is refused in production, among the other faults', async (_, overrides, fault) => {
    const worker = await start({ NODE_ENV: 'production', LOG_LEVEL: 'loud', ...overrides });
    expect(await worker.exit()).toBe(78);
    expect(worker.output).toContain(fault);
    expect(worker.output).toContain('LOG_LEVEL must be');
  });

  test('with a port that is taken is one line, and exit code 1', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as { port: number };
    const worker = await start({ QUEUE_PAGE_PORT: String(port) });
    expect(await worker.exit()).toBe(1);
    holder.close();
    expect(worker.logs.map(({ msg }) => msg)).toContain(
      `the service did not start: the queue page cannot listen on port ${port}: stop what uses it, or set QUEUE_PAGE_PORT`,
    );
  });
});

describe('the page', () => {
  test('wants the password for every path, and says so', async () => {
    const { page } = await startWithPage();
    const html = await (await page.call('GET', '/')).text();
    const files = Array.from(html.matchAll(/(?:src|href)="(static\/[^"]+)"/g), ([, file]) => `/${file}`);
    expect(files.length).toBeGreaterThan(5);
    const paths = ['/', '/queue/nothing', '/api/queues', '/api/redis/stats', '/nothing', '/favicon.ico'];
    for (const path of [...paths, ...files]) {
      const refused = await fetch(`${page.url}${path}`);
      expect({ path, status: refused.status }).toEqual({ path, status: 401 });
      expect(refused.headers.get('www-authenticate')).toMatch(/^Basic realm="Queues"/);
    }
    for (const path of ['/queue/nothing', '/api/queues', ...files])
      expect({ path, status: (await page.call('GET', path)).status }).toEqual({ path, status: 200 });
    expect((await page.call('PUT', CHANGE, { password: 'wrong' })).status).toBe(401);
    expect((await page.call('PUT', '/nothing')).status).toBe(404);
    expect((await page.call('GET', '/')).status).toBe(200);
  });

  test('takes nothing from other sites, and lets none show it in a frame or keep it', async () => {
    const { page } = await startWithPage();
    for (const path of ['/', '/api/queues', '/static/images/logo.svg']) {
      const { headers } = await page.call('GET', path);
      expect(headers.get('content-security-policy')).toMatch(/default-src 'self'.*frame-ancestors 'none'/);
      expect(Object.fromEntries(headers)).toMatchObject({
        'x-frame-options': 'DENY',
        'x-content-type-options': 'nosniff',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
    }
    expect(await (await page.call('GET', '/')).text()).not.toContain('https://');
  });

  test('refuses what a page of another site asks for', async () => {
    const { page } = await startWithPage();
    const pause = (headers: Record<string, string>) =>
      page.call('PUT', CHANGE, { headers }).then(({ status }) => status);
    expect(await pause({ 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await pause({ 'sec-fetch-site': 'same-site' })).toBe(403);
    expect(await pause({ origin: 'https://example.com' })).toBe(403);
    expect(await pause({ origin: 'null' })).toBe(403);
    // There is no such queue.
    expect(await pause({ 'sec-fetch-site': 'same-origin' })).toBe(404);
    expect(await pause({ origin: page.url })).toBe(404);
  });

  test('bounds the guessing of passwords: after ten failures it refuses the right one too', async () => {
    const { worker, page } = await startWithPage();
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess++)
      statuses.push((await page.call('GET', '/', { password: `guess number ${guess}` })).status);
    expect(statuses).toEqual([...Array<number>(10).fill(401), 429, 429]);
    const refused = await page.call('GET', '/');
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(worker.output).not.toMatch(new RegExp(`guess number|${QUEUE_PAGE_PASSWORD}`));
  });
});

describe('while Redis is away', () => {
  test('the page says so, readiness is judged as before, and nothing raw is on the console', async () => {
    const port = await freePort();
    const dir = join(scratchFolder(), 'redis');
    const redis = await startRedis({ dir, port });
    const env = { REDIS_URL: redis.url, READINESS_CRITICAL: 'postgres' };
    const { worker, page } = await startWithPage(env);
    await redis.stop();
    await worker.waitForLog(
      ({ msg }) => msg === 'redis is not available (queue-page): trying again',
      'the outage',
    );
    const answer = await page.call('GET', '/api/queues');
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ message: 'redis is not available: try again later' });
    expect((await page.call('GET', '/')).status).toBe(200);
    expect(await worker.probe('ready')).toBe(200);
    await expectPageBack(worker, page, await startRedis({ dir, port }));
  });
});

test('a worker that starts without Redis has the page, which says so at once', async () => {
  const worker = await start({ REDIS_URL: 'redis://127.0.0.1:1' });
  const page = await QueuePageClient.of(worker);
  const { status } = await page.call('GET', '/api/queues');
  expect(status).toBe(503);
  expect(await worker.stop()).toBe(0);
});

describe('at SIGTERM', () => {
  /** Longer than a test may take. */
  const patient = { HTTP_KEEP_ALIVE_TIMEOUT_MS: '600000', SHUTDOWN_TIMEOUT_MS: '600000' };

  test('connections that a browser keeps open do not hold the worker, and it exits with 0', async () => {
    const { worker, page } = await startWithPage(patient);
    const agent = new Agent({ keepAlive: true });
    const kept = get(`${page.url}/api/queues`, { agent, auth: `${USER}:${QUEUE_PAGE_PASSWORD}` });
    const [response] = (await once(kept, 'response')) as [NodeJS.ReadableStream];
    await once(response.resume(), 'end');
    const silent = connect({ port: Number(new URL(page.url).port), host: '127.0.0.1' });
    silent.on('error', () => undefined);
    await once(silent, 'connect');
    expect(await worker.stop()).toBe(0);
    agent.destroy();
    expect(worker.steps()).toEqual(WORKER_STEPS);
  });
});
