import { UnavailableError } from '@kubernest/errors';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource, EntityManager } from 'typeorm';
import { rows } from './rows';
import { asUnavailable } from './unavailable';

/** One backend, held throughout: for what belongs to a session of Postgres, such as an advisory lock. */
export interface DedicatedConnection {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

/**
 * The way to Postgres. Every method throws UnavailableError while Postgres is away, overloaded or too slow, and passes
 * all other errors on as they are.
 */
export class Database {
  constructor(
    private readonly dataSource: DataSource,
    private readonly connecting: Promise<void>,
  ) {}

  /**
   * For a command that runs once: waits for the first connection.
   *
   * @throws UnavailableError when there is none after `timeoutMs`
   */
  async connected(timeoutMs: number): Promise<void> {
    const timeout = new AbortController();
    await Promise.race([
      this.connecting,
      wait(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined),
    ]);
    timeout.abort();
    if (!this.dataSource.isInitialized)
      throw new UnavailableError('postgres', `no connection to postgres after ${timeoutMs} ms`);
  }

  /** Work without a transaction. */
  run<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.guarded(() => work(this.dataSource.manager));
  }

  /** All of `work` or nothing. Only what goes through the handed manager is inside. */
  transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.guarded(() => this.dataSource.transaction(work));
  }

  /** Raw SQL; the rows that it returns, also those of `RETURNING`. */
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.withConnection((connection) => connection.query<Row>(sql, parameters));
  }

  /** One connection, kept for as long as `work` takes, then given back to the pool. */
  withConnection<T>(work: (connection: DedicatedConnection) => Promise<T>): Promise<T> {
    return this.guarded(async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        return await work({ query: (sql, parameters = []) => rows(runner, sql, parameters) });
      } finally {
        await runner.release();
      }
    });
  }

  /** Names of the migrations in this build that the database does not have. Newer ones in the database are fine. */
  async pendingMigrations(): Promise<string[]> {
    const known = this.dataSource.migrations.map((migration) => migration.name ?? migration.constructor.name);
    if (known.length === 0) return [];
    try {
      const applied = new Set(
        (await this.query<{ name: string }>('SELECT name FROM migrations')).map(({ name }) => name),
      );
      return known.filter((name) => !applied.has(name));
    } catch (error) {
      if (isUndefinedTable(error)) return known;
      throw error;
    }
  }

  private async guarded<T>(work: () => Promise<T>): Promise<T> {
    if (!this.dataSource.isInitialized)
      throw new UnavailableError('postgres', 'postgres is not connected yet: try again later');
    try {
      return await work();
    } catch (error) {
      throw asUnavailable(error);
    }
  }
}

/** SQLSTATE 42P01: nobody has migrated this database yet. */
function isUndefinedTable(error: unknown): boolean {
  return (error as { driverError?: { code?: unknown } }).driverError?.code === '42P01';
}
