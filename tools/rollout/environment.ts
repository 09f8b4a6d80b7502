import { testDatabase, testRedis } from '@kubernest/testing';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import type { Stoppable } from '../bench/started';

const MIGRATE = resolve(import.meta.dirname, '../../dist/apps/migrate/main.js');
const UNLIMITED = '1000000';

/** What the cluster around the pods would give them, and a database that a release's migration has not reached. */
export interface Surroundings extends Stoppable {
  env: NodeJS.ProcessEnv;
  unmigratedDatabase: string;
  /** How many of these addresses have no account. */
  missing(emails: readonly string[]): Promise<number>;
}

/** On the servers of the test run. */
export async function surroundings(): Promise<Surroundings> {
  const [migrated, unmigrated] = await Promise.all([testDatabase(), testDatabase()]);
  const stop = async () => {
    await Promise.all([migrated.drop(), unmigrated.drop()]);
  };
  try {
    await migrate(migrated.url);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    env: environmentOn(migrated.url),
    unmigratedDatabase: unmigrated.url,
    missing: (emails) => countMissing(migrated.url, emails),
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
    JWT_SECRET: randomBytes(32).toString('hex'),
    // All clients have one address here.
    SIGN_IN_LIMIT_PER_ADDRESS: UNLIMITED,
    SIGN_IN_LIMIT_PER_ACCOUNT: UNLIMITED,
  };
}

async function countMissing(url: string, emails: readonly string[]): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>(
      'SELECT count(*)::int AS count FROM unnest($1::text[]) AS wanted (email) LEFT JOIN account USING (email) WHERE account.id IS NULL',
      [emails],
    );
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}
