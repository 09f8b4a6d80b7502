import { loadConfig } from '@kubernest/config';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { migrate } from './migrate';
import { migrationVariables } from './variables';

/*
 * A process that migrates: `node <bundle> <kind>`. It prints what it applied as JSON, or the error's message, and exits
 * with 0 or 1 as apps/migrate does.
 */

const kind = process.argv[2] ?? 'good';

class Table1700000000001 implements MigrationInterface {
  up = (runner: QueryRunner) =>
    runner.query('CREATE TABLE applied (name text, at timestamptz DEFAULT clock_timestamp())');
  down = () => Promise.resolve();
}

class Row1700000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Long enough for all processes to want it.
    await runner.query("INSERT INTO applied VALUES ('row'); SELECT pg_sleep(0.3)");
  }
  down = () => Promise.resolve();
}

class Last1700000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query("INSERT INTO applied VALUES ('last')");
    if (kind === 'failing') await runner.query('SELECT 1 / 0');
    if (kind === 'slow') await runner.query('SELECT pg_sleep(60)');
    if (kind === 'busy') for (;;) await runner.query('SELECT 1');
  }
  down = () => Promise.resolve();
}

const stopping = new AbortController();
process.on('SIGTERM', () => stopping.abort(new Error('stopped by SIGTERM')));

migrate({
  // eslint-disable-next-line no-restricted-syntax -- a process of its own
  config: loadConfig(migrationVariables, process.env),
  schema: [{ entities: [], migrations: [Table1700000000001, Row1700000000002, Last1700000000003] }],
  applicationName: 'migrate-spec',
  log: (message) => process.stderr.write(`${message}\n`),
  signal: stopping.signal,
}).then(
  (applied) => process.stdout.write(JSON.stringify(applied)),
  (error: unknown) => {
    process.stdout.write((error as Error).message);
    process.exitCode = 1;
  },
);
