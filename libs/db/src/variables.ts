import { ConfigOf, defineVariables, duration, integer, url } from '@kubernest/config';

export type DatabaseConfig = ConfigOf<typeof databaseVariables>;
export type MigrationConfig = ConfigOf<typeof migrationVariables>;

const connection = {
  DATABASE_URL: {
    about: 'PostgreSQL connection URL. TLS as its sslmode parameter says.',
    schema: url(['postgres', 'postgresql']),
    secret: true,
    example: 'postgres://app:change-me@127.0.0.1:5432/app',
  },
  DATABASE_CONNECT_TIMEOUT_MS: {
    about: 'How long to wait for a connection: a new one, or one that the pool has in use.',
    schema: duration({ min: 10, max: 60_000, unit: 'ms' }),
    default: '3000',
  },
  DATABASE_LOCK_TIMEOUT_MS: {
    about: 'How long a statement may wait for a lock (lock_timeout). 0 waits for ever.',
    schema: duration({ min: 0, max: 600_000, unit: 'ms' }),
    default: '3000',
  },
} as const;

export const databaseVariables = defineVariables(
  {
    ...connection,
    MAX_CONNECTIONS: {
      about:
        'What this deployment may open to Postgres in all, over every pod. The manifests are checked against it: pool x pods must fit.',
      schema: integer({ min: 1, max: 100_000 }),
      default: '100',
    },
    DATABASE_POOL_MAX: {
      about: 'Connections that one process may open.',
      schema: integer({ min: 1, max: 1000 }),
      default: '4',
    },
    DATABASE_STATEMENT_TIMEOUT_MS: {
      about: 'How long a statement may run (statement_timeout). 0 for ever.',
      schema: duration({ min: 0, max: 3_600_000, unit: 'ms' }),
      default: '5000',
    },
    DATABASE_IDLE_IN_TRANSACTION_TIMEOUT_MS: {
      about:
        'How long a transaction may sit idle before Postgres ends it (idle_in_transaction_session_timeout). 0 for ever.',
      schema: duration({ min: 0, max: 3_600_000, unit: 'ms' }),
      default: '10000',
    },
  },
  [
    {
      holds: (values) => values.DATABASE_POOL_MAX <= values.MAX_CONNECTIONS,
      message: 'DATABASE_POOL_MAX must not be more than MAX_CONNECTIONS, which all processes share',
    },
  ],
);

export const migrationVariables = defineVariables({
  ...connection,
  MIGRATION_LOCK_TIMEOUT_MS: {
    about: 'How long to wait for another process that is migrating the same database.',
    schema: duration({ min: 0, max: 3_600_000, unit: 'ms' }),
    default: '300000',
  },
});
