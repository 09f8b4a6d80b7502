import { requiredSettings, testDatabase, testRedis } from '@kubernest/testing';
import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Stoppable } from '../bench/started';
import { traffic } from './load/traffic';

const MIGRATE = resolve(import.meta.dirname, '../../dist/apps/migrate/main.js');

/** What the cluster around the pods would give them. */
export interface Surroundings extends Stoppable {
  env: NodeJS.ProcessEnv;
  /** How much of what the API has confirmed is not in its database. */
  missing(confirmed: readonly string[]): Promise<number>;
}

/** On the servers of the test run. */
export async function surroundings(): Promise<Surroundings> {
  const database = await testDatabase();
  const stop = () => database.drop();
  try {
    await migrate(database.url);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env: environmentOn(database.url),
    missing: (confirmed) => traffic.missing(database.url, confirmed),
    stop,
  };
}

async function migrate(url: string): Promise<void> {
  const env = { PATH: process.env['PATH'], NODE_ENV: 'production', DATABASE_URL: url, METRICS_PORT: '0' };
  await promisify(execFile)(process.execPath, [MIGRATE], { env });
}

function environmentOn(database: string): NodeJS.ProcessEnv {
  const redis = testRedis();
  return {
    NODE_ENV: 'production',
    DATABASE_URL: database,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: redis.prefix,
    ...requiredSettings(),
    ...traffic.settings(),
  };
}
