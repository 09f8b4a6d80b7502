import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';
import { AccountClient } from './account-client';

let environment: Environment;
beforeAll(async () => {
  environment = await freshEnvironment();
});
afterEach(killRunning);
afterAll(async () => {
  await environment.close();
});

test('an api with a placeholder for the secret that signs tokens is refused in production', async () => {
  const api = await RunningApp.start('api', {
    ...environment.env,
    NODE_ENV: 'production',
    JWT_SECRET: 'change-me-change-me-change-me-change-me',
  });
  expect(await api.exit()).toBe(78);
  expect(api.output).toContain('JWT_SECRET is a placeholder');
});

test('an api without Redis, which is not critical for it, still serves and ends sessions', async () => {
  const env = { ...environment.env, REDIS_URL: 'redis://127.0.0.1:1', READINESS_CRITICAL: 'postgres' };
  const client = new AccountClient(await (await RunningApp.start('api', env)).ready());
  const { token } = await client.join('no-redis@example.com');
  expect((await client.current(token)).status).toBe(200);
  expect((await client.call('DELETE', '/v1/sessions/current', { token })).status).toBe(204);
  expect((await client.current(token)).status).toBe(401);
});
