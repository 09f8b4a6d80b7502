import { requiredSettings, testDatabase, testRedis } from '@kubernest/testing';
import { Client } from 'pg';
import { RunningApp } from './running-app';

export interface Environment {
  env: NodeJS.ProcessEnv;
  /** Straight to the database, past the apps. */
  sql<Row>(text: string, parameters?: unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

/** What the apps need beside their stores. */
const settings = requiredSettings();

type Migrate = (env: NodeJS.ProcessEnv) => Promise<RunningApp>;

/** A fresh database, migrated by the real migrate app, and a fresh Redis prefix. */
export async function freshEnvironment(
  overrides: NodeJS.ProcessEnv = {},
  migrate: Migrate = (env) => RunningApp.start('migrate', env),
): Promise<Environment> {
  const database = await testDatabase();
  const redis = testRedis();
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    REDIS_KEY_PREFIX: redis.prefix,
    ...settings,
    ...overrides,
  };
  const migrated = await migrate(env);
  if ((await migrated.exit()) !== 0) throw new Error(`the migration failed:\n${migrated.output}`);
  const client = new Client({ connectionString: database.url });
  await client.connect();
  return {
    env,
    sql: async <Row>(text: string, parameters: unknown[] = []) =>
      (await client.query(text, parameters)).rows as Row[],
    close: async () => {
      await client.end();
      await database.drop();
    },
  };
}
