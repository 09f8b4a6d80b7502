import { UnavailableError } from '@kubernest/errors';
import { loadConfig } from '@kubernest/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, NestFastifyApplication } from '@nestjs/platform-fastify';
import { Lifecycle, LifecycleModule, ReadinessCheck } from '.';
import { lifecycleVariables } from './variables';

let app: NestFastifyApplication;
let lifecycle: Lifecycle;
afterEach(() => app.close());

async function create(checks: ReadinessCheck[], env: Record<string, string> = {}): Promise<void> {
  const config = loadConfig(lifecycleVariables, { READINESS_TIMEOUT_MS: '100', ...env });
  app = await NestFactory.create<NestFastifyApplication>(
    LifecycleModule.forRoot(config),
    new FastifyAdapter(),
    {
      logger: false,
    },
  );
  await app.init();
  lifecycle = app.get(Lifecycle);
  for (const check of checks) lifecycle.addCheck(check);
}

async function probe(name: 'live' | 'ready' | 'startup') {
  const response = await app.inject({ url: `/health/${name}` });
  return { status: response.statusCode, body: response.json<Record<string, unknown>>() };
}

const well = () => Promise.resolve();
const down = () =>
  Promise.reject(Object.assign(new Error('connect 10.0.0.7:5432'), { code: 'ECONNREFUSED' }));
const postgres = (run: ReadinessCheck['run']): ReadinessCheck => ({
  name: 'postgres',
  dependency: 'postgres',
  run,
});
const redis = (run: ReadinessCheck['run']): ReadinessCheck => ({ name: 'redis', dependency: 'redis', run });

describe('before the start has ended', () => {
  test('startup and readiness are 503, liveness is 200', async () => {
    await create([postgres(well)]);
    expect(await probe('startup')).toEqual({ status: 503, body: { status: 'starting' } });
    expect(await probe('ready')).toMatchObject({
      status: 503,
      body: { status: 'not ready', state: 'starting', failed: ['starting'] },
    });
    expect(await probe('live')).toEqual({ status: 200, body: { status: 'alive' } });
    lifecycle.started();
    expect(await probe('startup')).toEqual({ status: 200, body: { status: 'started' } });
    expect(await probe('ready')).toMatchObject({ status: 200, body: { status: 'ready', failed: [] } });
  });
});

describe('a dependency that is down', () => {
  test('fails readiness by its name when READINESS_CRITICAL names it', async () => {
    await create([postgres(well), redis(down)]);
    lifecycle.started();
    expect(await probe('ready')).toEqual({
      status: 503,
      body: {
        status: 'not ready',
        state: 'ready',
        failed: ['redis'],
        checks: { postgres: { status: 'up' }, redis: { status: 'down', message: 'ECONNREFUSED' } },
      },
    });
  });

  test('is only reported as degraded when READINESS_CRITICAL does not', async () => {
    await create([postgres(well), redis(down)], { READINESS_CRITICAL: 'postgres' });
    lifecycle.started();
    expect(await probe('ready')).toMatchObject({
      status: 200,
      body: {
        status: 'ready',
        failed: [],
        checks: { redis: { status: 'degraded', message: 'ECONNREFUSED' } },
      },
    });
  });

  test('never fails readiness when READINESS_CRITICAL is none, but a check without a dependency still does', async () => {
    await create([postgres(down), redis(down), { name: 'migrations', run: down }], {
      READINESS_CRITICAL: 'none',
    });
    lifecycle.started();
    expect(await probe('ready')).toMatchObject({ status: 503, body: { failed: ['migrations'] } });
  });

  test('is ready again once it is back', async () => {
    let run: ReadinessCheck['run'] = down;
    await create([postgres(() => run())]);
    lifecycle.started();
    expect((await probe('ready')).status).toBe(503);
    run = well;
    expect((await probe('ready')).status).toBe(200);
  });
});

describe('the log', () => {
  test('tells each change once, and does not call it a failure that a process is not ready yet', async () => {
    let run: ReadinessCheck['run'] = down;
    await create([postgres(() => run())]);
    const lines: string[] = [];
    const note = (level: string) => (line: unknown) =>
      lines.push(`${level} ${(line as { msg: string }).msg}`);
    app.useLogger({ log: note('log'), warn: note('warn'), error: note('error') });
    for (const next of [down, well, down, down, well]) {
      run = next;
      await probe('ready');
    }
    expect(lines).toEqual([
      'log not ready yet: postgres',
      'log ready',
      'warn readiness fails: postgres',
      'log readiness is back',
    ]);
  });
});

describe('what a readiness answer tells of a failure', () => {
  const leak = 'connect to postgres://app:hunter2@db.internal:5432/app failed';
  test.each<[string, () => Promise<unknown>, string]>([
    [
      'the code of a driver error',
      () => Promise.reject(Object.assign(new Error(leak), { code: '28P01' })),
      '28P01',
    ],
    [
      'the message of an error of our own',
      () => Promise.reject(new UnavailableError('postgres', 'try later')),
      'try later',
    ],
    ['the kind of any other error', () => Promise.reject(new TypeError(leak)), 'TypeError'],
    [
      'the kind of one thrown at once',
      () => {
        throw new RangeError(leak);
      },
      'RangeError',
    ],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['nothing of what is no error', () => Promise.reject(leak), 'failed'],
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    ['nothing of a rejection with nothing', () => Promise.reject(undefined), 'failed'],
  ])('%s, and no address or credential', async (_what, run, message) => {
    await create([postgres(run)]);
    lifecycle.started();
    const { body } = await probe('ready');
    expect(body['checks']).toEqual({ postgres: { status: 'down', message } });
    expect(JSON.stringify(body)).not.toMatch(/hunter2|db\.internal/);
  });
});

describe('a check that hangs', () => {
  test('fails after READINESS_TIMEOUT_MS', async () => {
    await create([postgres(() => new Promise(() => undefined)), redis(well)], {
      READINESS_TIMEOUT_MS: '150',
    });
    lifecycle.started();
    const began = performance.now();
    expect(await probe('ready')).toMatchObject({
      status: 503,
      body: { failed: ['postgres'], checks: { postgres: { message: 'timeout of 150ms exceeded' } } },
    });
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(140);
    expect(tookMs).toBeLessThan(2_000);
  });

  test('is not begun again by later probes while it is under way', async () => {
    let runs = 0;
    let end: () => void = () => undefined;
    const run = () =>
      new Promise<void>((resolve) => {
        runs++;
        end = resolve;
      });
    await create([postgres(run)], { READINESS_TIMEOUT_MS: '20' });
    lifecycle.started();
    for (let probes = 0; probes < 3; probes++) expect((await probe('ready')).status).toBe(503);
    expect(runs).toBe(1);
    end();
    await probe('ready');
    expect(runs).toBe(2);
  });
});

test('concurrent probes share one run of each check', async () => {
  const runs = { postgres: 0, redis: 0 };
  const count = (name: 'postgres' | 'redis') => async () => {
    runs[name]++;
    await new Promise((resolve) => setTimeout(resolve, 30));
  };
  await create([postgres(count('postgres')), redis(count('redis'))]);
  lifecycle.started();
  const answers = await Promise.all(Array.from({ length: 20 }, () => probe('ready')));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(runs).toEqual({ postgres: 1, redis: 1 });
});

test('a signal that comes while the checks run already counts', async () => {
  await create([
    postgres(() => {
      lifecycle.drain(() => undefined);
      return Promise.resolve();
    }),
  ]);
  lifecycle.started();
  expect(await probe('ready')).toMatchObject({ status: 503, body: { failed: ['draining'] } });
});
