import { waitFor } from '@kubernest/testing';
import { Environment, freshEnvironment } from './support/environment';
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

const start = (overrides: NodeJS.ProcessEnv = {}) =>
  RunningApp.start('worker', { ...environment.env, ...overrides });

describe('at SIGTERM the worker', () => {
  test('stays alive while its readiness is 503', async () => {
    const worker = await (await start({ SHUTDOWN_DRAIN_MS: '1500' })).ready();
    worker.signal('SIGTERM');
    await waitFor(async () => (await worker.probe('ready')) === 503, {
      timeoutMs: 5_000,
      message: 'readiness to be 503',
    });
    expect(await worker.probe('live')).toBe(200);
    expect(await worker.exit()).toBe(0);
  });

  test('closes in order, and exits with 0', async () => {
    const worker = await (await start()).ready();
    expect(await worker.stop()).toBe(0);
    expect(worker.steps()).toEqual(WORKER_STEPS);
  });
});
