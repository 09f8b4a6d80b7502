import { freePort, startRedis, waitFor } from '@kubernest/testing';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient } from './support/api-client';
import { Environment, freshEnvironment } from './support/environment';
import { AppName, killRunning, RunningApp } from './support/running-app';

let environment: Environment;
let folder: string;
beforeAll(async () => {
  environment = await freshEnvironment();
  folder = await mkdtemp(join(tmpdir(), 'e2e-'));
});
afterEach(killRunning);
afterAll(async () => {
  await environment.close();
  await rm(folder, { recursive: true });
});

const readiness = async (app: RunningApp) =>
  (await (await fetch(`${app.url}/health/ready`)).json()) as {
    status: string;
    failed: string[];
    checks: Record<string, { status: string }>;
  };

describe('configuration', () => {
  test.each<AppName>(['api', 'worker', 'migrate'])(
    '%s names every fault at once, no value, and exits with 78',
    async (name) => {
      const app = await RunningApp.start(name, {
        DATABASE_URL: 'mysql://secret-value',
        LOG_LEVEL: 'loud-value',
      });
      expect(await app.exit()).toBe(78);
      expect(app.output).toContain('DATABASE_URL must be');
      expect(app.output).toContain('LOG_LEVEL must be');
      expect(app.output).not.toContain('-value');
    },
  );

  test('is taken from mounted files', async () => {
    const file = join(folder, 'database-url');
    await writeFile(file, `${environment.env['DATABASE_URL']}\n`);
    const { DATABASE_URL: _, ...rest } = environment.env;
    const api = await (await RunningApp.start('api', { ...rest, DATABASE_URL_FILE: file })).ready();
    expect(await api.stop()).toBe(0);
  });
});

describe('a process', () => {
  test('says which port is taken and exits with 1', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const api = await RunningApp.start('api', { ...environment.env, PORT: String(port) });
    expect(await api.exit()).toBe(1);
    expect(api.output).toContain(`port ${port} is taken: stop what uses it, or set PORT`);
    blocker.close();
  });

  test.each<AppName>(['api', 'worker'])(
    '%s starts without Postgres and Redis, is alive and not ready, and says why without addresses',
    async (name) => {
      const away = {
        DATABASE_URL: 'postgres://someone:hidden@127.0.0.1:1/x',
        REDIS_URL: 'redis://127.0.0.1:1',
      };
      const app = await RunningApp.start(name, { ...environment.env, ...away });
      await waitFor(async () => (await app.probe('startup')) === 200, {
        timeoutMs: 15_000,
        message: 'the start',
      });
      expect(await app.probe('live')).toBe(200);
      expect(await app.probe('ready')).toBe(503);
      const answer = await readiness(app);
      expect(answer.failed).toEqual(expect.arrayContaining(['postgres', 'redis']));
      expect(JSON.stringify(answer)).not.toMatch(/127\.0\.0\.1|hidden|someone/);
      expect(await app.stop()).toBe(0);
      expect(app.output).not.toContain('hidden');
    },
  );

  test('whose Redis is not critical is ready without it, degraded', async () => {
    const env = { ...environment.env, REDIS_URL: 'redis://127.0.0.1:1', READINESS_CRITICAL: 'postgres' };
    const api = await (await RunningApp.start('api', env)).ready();
    expect(await readiness(api)).toMatchObject({
      status: 'ready',
      failed: [],
      checks: { redis: { status: 'degraded' } },
    });
    expect(await api.stop()).toBe(0);
  });

  test('becomes ready by itself when Redis comes', async () => {
    const port = await freePort();
    const env = { ...environment.env, REDIS_URL: `redis://127.0.0.1:${port}` };
    const api = await RunningApp.start('api', env);
    await waitFor(async () => (await api.probe('ready')) === 503, {
      timeoutMs: 15_000,
      message: 'the start',
    });
    const redis = await startRedis({ dir: join(folder, 'redis'), port });
    await api.ready();
    await redis.stop();
    await waitFor(async () => (await api.probe('ready')) === 503, {
      timeoutMs: 5_000,
      message: 'readiness to fail',
    });
    expect(await api.probe('live')).toBe(200);
    expect(await api.stop()).toBe(0);
  });
});

describe('a command of the worker', () => {
  test.each([
    ['that there is none of is refused with 64', 'nothing', 64, 'There is no command "nothing".'],
    ['is listed by --help', '--help', 0, 'Usage: node main.js [command]'],
  ])('%s, whatever the configuration is', async (_, argument, code, said) => {
    const worker = await RunningApp.start('worker', { DATABASE_URL: 'none' }, [argument]);
    expect(await worker.exit()).toBe(code);
    expect(worker.output).toContain(said);
    expect(worker.output).toContain('Commands, which run once');
  });
});

describe('the description of the API', () => {
  test('is OpenAPI 3.1, and has a page', async () => {
    const api = await (await RunningApp.start('api', environment.env)).ready();
    const client = new ApiClient(api);
    const { body } = await client.call<{ openapi: string }>('GET', '/openapi.json');
    expect(body.openapi).toMatch(/^3\.1\./);
    for (const path of ['/docs', '/docs/page.js', '/docs/swagger-ui-bundle.js', '/docs/swagger-ui.css']) {
      expect({ path, status: (await fetch(`${api.url}${path}`)).status }).toEqual({ path, status: 200 });
    }
    expect(await api.stop()).toBe(0);
  });
});
