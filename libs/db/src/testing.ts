import { composeVariables, loadConfig } from '@kubernest/config';
import { LifecycleModule, lifecycleVariables } from '@kubernest/lifecycle';
import { testDatabase } from '@kubernest/testing';
import { Module, type ModuleMetadata, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DatabaseSchema } from './data-source';
import { Database } from './database';
import { DatabaseModule } from './database.module';
import { migrate } from './migrate';
import { databaseVariables, migrationVariables } from './variables';

/** Long enough for a busy machine. */
const CONNECT_TIMEOUT_MS = 20_000;

@Module({})
class TestModule {}

export interface TestApp {
  database: Database;
  get<T>(type: Type<T>): T;
  /** Closes the connections and removes the database. */
  stop(): Promise<void>;
}

/** For tests: modules of a feature, with their Database on a fresh one that has these schemas. */
export async function startOnTestDatabase(
  schema: readonly DatabaseSchema[],
  imports: NonNullable<ModuleMetadata['imports']> = [],
): Promise<TestApp> {
  const fresh = await testDatabase();
  const env = { NODE_ENV: 'test', DATABASE_URL: fresh.url };
  const settings = { schema, applicationName: 'test' };
  await migrate({ config: loadConfig(migrationVariables, env), log: () => undefined, ...settings });
  const config = loadConfig(composeVariables(lifecycleVariables, databaseVariables), env);
  const platform = [LifecycleModule.forRoot(config), DatabaseModule.forRoot({ config, ...settings })];
  const app = await NestFactory.createApplicationContext(
    { module: TestModule, imports: [...platform, ...imports] },
    { logger: false },
  );
  const database = app.get(Database);
  await database.connected(CONNECT_TIMEOUT_MS);
  return {
    database,
    get: (type) => app.get(type, { strict: false }),
    stop: async () => {
      await app.close();
      await fresh.drop();
    },
  };
}
