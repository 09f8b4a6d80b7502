import type { Calls } from '@kubernest/telemetry';
import pg from 'pg';
import { DataSource, Logger, MigrationInterface } from 'typeorm';
import { impatientClient } from './impatient-client';
import type { DatabaseConfig, MigrationConfig } from './variables';

/** What a feature keeps in the database; a feature exports one. */
export interface DatabaseSchema {
  entities: (new () => object)[];
  /** Oldest first. A class name ends in the 13-digit timestamp by which TypeORM orders them. */
  migrations: (new () => MigrationInterface)[];
}

type Connection = Pick<DatabaseConfig, keyof DatabaseConfig & keyof MigrationConfig>;

export interface DataSourceOptions {
  schema: readonly DatabaseSchema[];
  /** Shown in pg_stat_activity. */
  applicationName: string;
  poolMax: number;
  statementTimeoutMs?: number;
  idleInTransactionTimeoutMs?: number;
  logger?: Logger;
  /** Told of every statement. */
  statements?: Calls;
}

/** The server ends a statement at `statementTimeoutMs`; if even that answer does not come, the client gives up after this. */
const UNANSWERED_GRACE_MS = 1_000;

/** A data source, not connected yet. Never synchronises the schema: that is what migrations are for. */
export function createDataSource(config: Connection, options: DataSourceOptions): DataSource {
  const { statementTimeoutMs } = options;
  return new DataSource({
    type: 'postgres',
    // Named, because a bundle cannot find a driver by its name.
    driver: pg,
    url: config.DATABASE_URL,
    applicationName: options.applicationName,
    entities: options.schema.flatMap(({ entities }) => entities),
    migrations: options.schema.flatMap(({ migrations }) => migrations),
    migrationsTableName: 'migrations',
    installExtensions: false,
    poolSize: options.poolMax,
    connectTimeoutMS: config.DATABASE_CONNECT_TIMEOUT_MS,
    // Its console logger writes to standard output, which is the process's log; this one is silent unless DEBUG=typeorm:*.
    logger: options.logger ?? 'debug',
    extra: {
      Client: impatientClient(options.statements),
      keepAlive: true,
      lock_timeout: config.DATABASE_LOCK_TIMEOUT_MS,
      ...(statementTimeoutMs && {
        statement_timeout: statementTimeoutMs,
        query_timeout: statementTimeoutMs + UNANSWERED_GRACE_MS,
      }),
      ...(options.idleInTransactionTimeoutMs && {
        idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
      }),
    },
  });
}
