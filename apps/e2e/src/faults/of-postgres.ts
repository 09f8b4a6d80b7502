import { freeze, waitFor } from '@kubernest/testing';
import type { Client } from 'pg';
import type { Fault } from './finding';
import type { Stage } from './stage';

const TABLES = ['account', 'session', 'session_revocation'];
const EXPIRED = `INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at)
  SELECT gen_random_uuid(), id, '\\x00', now(), now() FROM account LIMIT 1`;
/** Also those that have not said their name yet. */
const END_APPS = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND application_name <> 'test'`;
/** Looks that found none of the apps. */
const CALM_LOOKS = 5;

export const ofPostgres: Fault[] = [
  {
    name: 'Postgres stopped',
    begin: async (stage) => {
      await stage.postgres.stop();
      return async () => {
        await stage.startPostgres();
      };
    },
  },
  {
    name: 'Postgres restarted',
    brief: true,
    begin: async (stage) => {
      await stage.postgres.stop();
      await stage.startPostgres();
      return () => undefined;
    },
  },
  {
    name: 'Postgres paused (SIGSTOP)',
    begin: (stage) => Promise.resolve(freeze(stage.postgres.pid)),
  },
  {
    name: 'Postgres refuses connections (`max_connections` reached)',
    begin: async (stage) => {
      const crowd = await takeEveryConnection(stage);
      return async () => {
        await Promise.all(crowd.map((client) => client.end()));
      };
    },
  },
  {
    name: 'Postgres read-only',
    begin: async (stage) => {
      const readOnly = async (value: string) => {
        const client = await stage.connect();
        await client.query('SET default_transaction_read_only = off');
        await client.query(`ALTER SYSTEM SET default_transaction_read_only = ${value}`);
        await client.query('SELECT pg_reload_conf()');
        await client.end();
        const shown = async () =>
          (await stage.sql<Record<string, string>>('SHOW default_transaction_read_only'))[0];
        await waitFor(async () => Object.values((await shown()) ?? {})[0] === value, {
          timeoutMs: 5_000,
          message: `Postgres to be read-only: ${value}`,
        });
      };
      await readOnly('on');
      return () => readOnly('off');
    },
  },
  {
    name: 'Postgres cannot write (53100, disk full)',
    begin: async (stage) => {
      await stage.sql(`CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$`);
      const triggers = TABLES.map(
        (table) => `CREATE TRIGGER disk_full BEFORE INSERT OR UPDATE OR DELETE ON ${table}
          FOR EACH ROW EXECUTE FUNCTION disk_full();`,
      );
      // With something for the cleanup to delete, which it has no time to see before that.
      await stage.sql(`BEGIN; ${EXPIRED}; ${triggers.join('\n')} COMMIT`);
      return async () => {
        await stage.sql('DROP FUNCTION disk_full CASCADE');
      };
    },
  },
  {
    name: 'a backend of Postgres killed in mid-transaction',
    brief: true,
    refuses: true,
    begin: async (stage) => {
      const admin = await stage.connect();
      // Whatever writes to `account` now waits in the middle of its statement.
      await admin.query('BEGIN; LOCK TABLE account IN SHARE MODE');
      const waiting = () =>
        admin.query<{ pid: number }>(
          `SELECT pid FROM pg_stat_activity WHERE application_name = 'api' AND wait_event_type = 'Lock'`,
        );
      const { rows } = await waitFor(async () => ((await waiting()).rowCount ? await waiting() : undefined), {
        timeoutMs: 10_000,
        message: 'a registration in mid-transaction',
      });
      // With SIGKILL, after which Postgres ends every other backend as well and recovers.
      process.kill(rows[0]?.pid ?? 0, 'SIGKILL');
      await admin.end().catch(() => undefined);
      await waitFor(() => stage.sql('SELECT 1'), { timeoutMs: 10_000, message: 'Postgres to recover' });
      return () => undefined;
    },
  },
];

/** Those of the apps, too: they are ended and find no other. */
async function takeEveryConnection(stage: Stage): Promise<Client[]> {
  const admin = await stage.connect();
  const crowd = [admin];
  const take = async () => {
    for (;;) {
      const client = await stage.connect().catch(() => undefined);
      if (!client) return;
      crowd.push(client);
    }
  };
  let calm = 0;
  const everyOneTaken = async () => {
    await take();
    calm = (await admin.query(END_APPS)).rowCount === 0 ? calm + 1 : 0;
    return calm >= CALM_LOOKS;
  };
  await waitFor(everyOneTaken, { timeoutMs: 20_000, message: 'every connection to be taken' });
  return crowd;
}
