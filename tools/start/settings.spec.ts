import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { localFolder, localSecret } from './local-files';
import { environmentOf, portsOf, valueOf } from './settings';

const servers = { DATABASE_URL: 'postgres://embedded', REDIS_URL: 'redis://embedded' };

describe('the environment of an app', () => {
  test('suits a laptop where nothing is set', () => {
    expect(environmentOf('worker', {}, servers)).toMatchObject({
      NODE_ENV: 'development',
      HOST: '127.0.0.1',
      PORT: '3001',
      METRICS_PORT: '9465',
      QUEUE_PAGE_PORT: '3002',
      QUEUE_PAGE_PASSWORD: 'local-only',
      SHUTDOWN_DRAIN_MS: '0',
      ...servers,
    });
  });

  test('is what the developer set, where something is', () => {
    const settings = { LOG_LEVEL: 'debug', QUEUE_PAGE_PASSWORD: 'mine' };
    expect(environmentOf('api', settings, servers)).toMatchObject(settings);
  });

  test('has no variable beside its _FILE, since an app refuses both', () => {
    const files = {
      DATABASE_URL_FILE: '/run/database-url',
      QUEUE_PAGE_PASSWORD_FILE: '/run/queue-page-password',
    };
    const env = environmentOf('worker', files, servers);
    expect(env).toMatchObject({ ...files, REDIS_URL: servers.REDIS_URL });
    expect(env).not.toHaveProperty('DATABASE_URL');
    expect(env).not.toHaveProperty('QUEUE_PAGE_PASSWORD');
  });
});

test('a secret of this clone is the same at every start, and nobody else may read it', () => {
  const file = join(localFolder, 'spec-of-settings');
  try {
    expect(localSecret('SPEC_OF_SETTINGS')).toBe(localSecret('SPEC_OF_SETTINGS'));
    expect(statSync(file).mode & 0o077).toBe(0);
  } finally {
    rmSync(file);
  }
});

describe('ports', () => {
  test('that are set are the api’s, and the worker has the next', () => {
    const settings = { PORT: '4000', METRICS_PORT: '5000' };
    expect(portsOf('api', settings)).toEqual({ port: 4000, metricsPort: 5000 });
    expect(portsOf('worker', settings)).toEqual({ port: 4001, metricsPort: 5001, queuePagePort: 4002 });
    expect(portsOf('worker', { QUEUE_PAGE_PORT: '6000' }).queuePagePort).toBe(6000);
  });

  test.each(['many', '0', '70000', '1.5'])('that are no ports are refused by name: %s', (PORT) => {
    expect(() => portsOf('api', { PORT })).toThrow(/^PORT must be an integer/);
  });
});

test('a _FILE that cannot be read is refused by name', () => {
  expect(() => valueOf({ REDIS_URL_FILE: '/does/not/exist' }, 'REDIS_URL')).toThrow(
    /^REDIS_URL_FILE names a file that cannot be read/,
  );
});
