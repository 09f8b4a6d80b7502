import { testDatabase, waitFor } from '@kubernest/testing';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, RunningApp } from '../support/running-app';

let environment: Environment;
beforeAll(async () => {
  environment = await freshEnvironment();
});
afterEach(killRunning);
afterAll(async () => {
  await environment.close();
});

const failed = async (app: RunningApp) =>
  ((await (await fetch(`${app.url}/health/ready`)).json()) as { failed: string[] }).failed;

test('migrations are applied once each by ten processes that start at once; the api is not ready before', async () => {
  const database = await testDatabase();
  const env = { ...environment.env, DATABASE_URL: database.url };
  const api = await RunningApp.start('api', env);
  await waitFor(async () => String(await failed(api)) === 'migrations', {
    timeoutMs: 15_000,
    message: 'readiness to name nothing but the migrations',
  });

  const processes = await Promise.all(Array.from({ length: 10 }, () => RunningApp.start('migrate', env)));
  expect(await Promise.all(processes.map((migrate) => migrate.exit()))).toEqual(Array(10).fill(0));
  const applied = processes.flatMap(({ logs }) =>
    logs.flatMap((line) => (line['applied'] as string[] | undefined) ?? []),
  );
  expect(applied).toEqual([...new Set(applied)]);
  expect(applied.length).toBeGreaterThan(0);

  await api.ready();
  expect(await api.stop()).toBe(0);
  await database.drop();
});

test('the worker is not ready before the database is migrated, and takes no job', async () => {
  await environment.sql('ALTER TABLE migrations RENAME TO migrations_away');
  try {
    const worker = await RunningApp.start('worker', environment.env);
    await waitFor(async () => String(await failed(worker)) === 'migrations,consumers', {
      timeoutMs: 15_000,
      message: 'readiness to name the migrations and the consumers',
    });
    await environment.sql('ALTER TABLE migrations_away RENAME TO migrations');
    await worker.ready();
    expect(await worker.stop()).toBe(0);
  } finally {
    await environment.sql('ALTER TABLE IF EXISTS migrations_away RENAME TO migrations');
  }
});
