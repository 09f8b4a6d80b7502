import { UnavailableError } from '@kubernest/errors';
import { Lifecycle } from '@kubernest/lifecycle';
import { Calls, Metrics } from '@kubernest/telemetry';
import { DynamicModule, Module } from '@nestjs/common';
import { Connection } from './connection';
import { createDataSource, DatabaseSchema } from './data-source';
import { Database } from './database';
import { exportPool } from './pool';
import type { DatabaseConfig } from './variables';

export interface DatabaseOptions {
  config: DatabaseConfig;
  /** Of every feature that this process uses: its readiness waits for their migrations. */
  schema: readonly DatabaseSchema[];
  applicationName: string;
}

@Module({})
export class DatabaseModule {
  /** One pool for the process, with its readiness checks and its place in the shutdown. */
  static forRoot(options: DatabaseOptions): DynamicModule {
    return {
      module: DatabaseModule,
      global: true,
      providers: [
        {
          provide: Database,
          useFactory: (lifecycle: Lifecycle, metrics?: Metrics) => openDatabase(options, lifecycle, metrics),
          // A command that runs once has no metrics.
          inject: [Lifecycle, { token: Metrics, optional: true }],
        },
      ],
      exports: [Database],
    };
  }
}

function openDatabase(
  { config, schema, applicationName }: DatabaseOptions,
  lifecycle: Lifecycle,
  metrics = Metrics.off(),
): Database {
  const dataSource = createDataSource(config, {
    schema,
    applicationName,
    poolMax: config.DATABASE_POOL_MAX,
    statementTimeoutMs: config.DATABASE_STATEMENT_TIMEOUT_MS,
    idleInTransactionTimeoutMs: config.DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS,
    statements: new Calls(metrics, {
      name: 'database_query_duration_seconds',
      help: 'Time from the sending of a statement to Postgres to its answer.',
      label: 'operation',
      system: 'postgresql',
    }),
  });
  exportPool(metrics, dataSource, config.DATABASE_POOL_MAX);
  const database = new Database(dataSource, new Connection(dataSource, lifecycle).connecting);
  lifecycle.addCheck({ name: 'postgres', dependency: 'postgres', run: () => database.query('SELECT 1') });
  lifecycle.addCheck({ name: 'migrations', run: migrationsCheck(database) });
  return database;
}

/** While Postgres cannot be asked, the `postgres` check says so, and the last answer about migrations stands. */
function migrationsCheck(database: Database): () => Promise<void> {
  let last = 'unknown until postgres answers';
  return async () => {
    try {
      const pending = await database.pendingMigrations();
      last = pending.length > 0 ? `not applied yet: ${pending.join(', ')}` : '';
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
    }
    if (last) throw new UnavailableError('migrations', last);
  };
}
