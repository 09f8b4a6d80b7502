import { loadConfig } from '@kubernest/config';
import { migrate, migrationVariables } from '@kubernest/db';
import { sessionsSchema } from '@kubernest/sessions';
import { createVerifier } from 'fast-jwt';
import { Run } from '../run';
import { JWT_SECRET } from './ask-for-sessions';
import { insertSessions, requestsForLiveSessions } from './session-rows';

const SESSIONS = 500;

let run: Run;
beforeEach(() => {
  run = new Run({ quick: true }, new AbortController().signal, () => undefined);
});
afterEach(() => run.end());

async function migrated(name: string) {
  const { databases } = await run.servers();
  await databases.create(name);
  const config = loadConfig(migrationVariables, { DATABASE_URL: databases.url(name) });
  await migrate({ config, schema: [sessionsSchema], applicationName: 'test', log: () => undefined });
  return databases;
}

it('makes as many expired as live sessions, mixed in the table, and the same again in a copy', async () => {
  const databases = await migrated('original');
  await databases.within('original', (client) => insertSessions(client, SESSIONS));
  await databases.settle('original');
  await databases.copy('original', 'copy');
  const [counts] = await databases.within('copy', async (client) => {
    const { rows } = await client.query<{ expired: number; live: number; pages: number; indexes: number }>(
      `SELECT count(*) FILTER (WHERE expires_at <= now())::int AS expired,
         count(*) FILTER (WHERE expires_at > now())::int AS live,
         count(DISTINCT (ctid::text::point)[0]) FILTER (WHERE expires_at <= now())::int AS pages,
         (SELECT count(*)::int FROM pg_indexes WHERE tablename = 'session') AS indexes
       FROM session`,
    );
    return rows;
  });
  const pages = await databases.within('copy', async (client) => {
    const { rows } = await client.query<{ pages: number }>(
      `SELECT (pg_relation_size('session') / current_setting('block_size')::int)::int AS pages`,
    );
    return rows[0]?.pages;
  });
  expect(counts).toEqual({ expired: SESSIONS, live: SESSIONS, pages, indexes: 3 });
});

it('knows the tokens of the live sessions that it made', async () => {
  const databases = await migrated('tokens');
  const verify = createVerifier({ key: JWT_SECRET, algorithms: ['HS256'] }) as (token: string) => {
    sid: string;
    key: string;
  };
  const live = await databases.within('tokens', async (client) => {
    await insertSessions(client, SESSIONS);
    const requests = await requestsForLiveSessions(client, 10);
    const claims = requests.map(({ token }) => verify(token));
    const { rowCount } = await client.query(
      `SELECT FROM session JOIN unnest($1::uuid[], $2::text[]) AS claim (sid, key) ON id = sid
       WHERE key_hash = sha256(convert_to(key, 'UTF8')) AND expires_at > now()`,
      [claims.map(({ sid }) => sid), claims.map(({ key }) => key)],
    );
    return rowCount;
  });
  expect(live).toBe(10);
});
