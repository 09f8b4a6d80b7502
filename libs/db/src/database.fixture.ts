import { loadConfig } from '@kubernest/config';
import { Lifecycle } from '@kubernest/lifecycle';
import { Metrics } from '@kubernest/telemetry';
import { Global, LoggerService, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { DatabaseSchema } from './data-source';
import { Database } from './database';
import { DatabaseModule } from './database.module';
import { databaseVariables } from './variables';

@Global()
@Module({
  providers: [Lifecycle, { provide: Metrics, useFactory: () => new Metrics() }],
  exports: [Lifecycle, Metrics],
})
class TestPlatformModule {}

export interface OpenDatabase {
  database: Database;
  lifecycle: Lifecycle;
  metrics: Metrics;
  /** The name of each failing readiness check, with its message. */
  failingChecks(): Promise<Record<string, string>>;
  close(): Promise<void>;
}

const SILENT: LoggerService = { log: () => undefined, error: () => undefined, warn: () => undefined };

/** The module as an app opens it; `settings` are environment variables. */
export async function openDatabase(
  settings: Record<string, string>,
  { schema = [], logger = SILENT }: { schema?: DatabaseSchema[]; logger?: LoggerService } = {},
): Promise<OpenDatabase> {
  const config = loadConfig(databaseVariables, settings);
  const module = DatabaseModule.forRoot({ config, schema, applicationName: 'db-spec' });
  const app = await NestFactory.createApplicationContext(
    { module: TestPlatformModule, imports: [module] },
    { logger },
  );
  const lifecycle = app.get(Lifecycle);
  return {
    database: app.get(Database),
    lifecycle,
    metrics: app.get(Metrics),
    failingChecks: () => failingChecks(lifecycle),
    close: async () => {
      await Promise.all(lifecycle.closersOf('postgres').map(({ close }) => close()));
      await app.close();
    },
  };
}

async function failingChecks(lifecycle: Lifecycle): Promise<Record<string, string>> {
  const failing: Record<string, string> = {};
  for (const { name, run } of lifecycle.checks) {
    await run().catch((error: unknown) => (failing[name] = (error as Error).message));
  }
  return failing;
}
