import { UnavailableError } from '@kubernest/errors';
import { setTimeout as wait } from 'node:timers/promises';
import {
  DataSource,
  EntityManager,
  QueryRunner,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { changedRows, rows } from './rows';
import { forgetSession, noticeDeadClient } from './session';
import { asUnavailable } from './unavailable';

/** One backend, held throughout: for what belongs to a session of Postgres, such as an advisory lock. */
export interface DedicatedConnection {
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** @returns how many rows it changed, for which RETURNING would cost more */
  execute(sql: string, parameters?: readonly unknown[]): Promise<number>;
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
    return this.onOneConnection((runner) => runner.manager.transaction(work));
  }

  /** Raw SQL; the rows that it returns, also those of `RETURNING`. */
  query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return this.onOneConnection((runner) => rows<Row>(runner, sql, parameters));
  }

  /**
   * One connection, kept for as long as `work` takes. What belongs to its session, such as locks and settings, ends with
   * the work, also when that throws, and within about a minute when this process or its node dies.
   */
  withConnection<T>(work: (connection: DedicatedConnection) => Promise<T>): Promise<T> {
    return this.onOneConnection(async (runner) => {
      await noticeDeadClient(runner);
      try {
        return await work({
          query: (sql, parameters = []) => rows(runner, sql, parameters),
          execute: (sql, parameters = []) => changedRows(runner, sql, parameters),
        });
      } finally {
        await forgetSession(runner);
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

  private onOneConnection<T>(work: (runner: QueryRunner) => Promise<T>): Promise<T> {
    return this.guarded(async () => {
      const runner = this.dataSource.createQueryRunner();
      try {
        return await work(runner);
      } catch (error) {
        // TypeORM lets go of a runner whose connection broke, and then complains that it is gone.
        if (!runner.isReleased || !isReleasedError(error)) throw error;
        throw new UnavailableError('postgres', 'the connection to postgres broke: try again later', {
          cause: error,
        });
      } finally {
        await runner.release();
      }
    });
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

function isReleasedError(error: unknown): boolean {
  return (
    error instanceof QueryRunnerAlreadyReleasedError ||
    error instanceof QueryRunnerProviderAlreadyReleasedError
  );
}

/** SQLSTATE 42P01: nobody has migrated this database yet. */
function isUndefinedTable(error: unknown): boolean {
  return (error as { driverError?: { code?: unknown } }).driverError?.code === '42P01';
}
