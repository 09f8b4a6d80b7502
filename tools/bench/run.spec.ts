import { loadConfig } from '@kubernest/config';
import { migrate, migrationVariables } from '@kubernest/db';
import { sessionsSchema } from '@kubernest/sessions';
import { Redis } from 'ioredis';
import { createVerifier } from 'fast-jwt';
import { existsSync } from 'node:fs';
import { JWT_SECRET, startBareFastify } from './apps';
import { LoadGenerator } from './load';
import type { LoadPlan } from './load-plan';
import { Run } from './run';
import { insertSessions, requestsForLiveSessions } from './session-rows';

const CURRENT = '/v1/sessions/current';
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

it('times the baseline, loads it in both ways, and leaves nothing of it behind', async () => {
  const { redisUrl } = await run.servers();
  const redis = new Redis(redisUrl);
  await redis.set('answer', '{"status":"known"}');
  await redis.quit();
  const bare = await startBareFastify(run, 'answer');
  expect(bare.firstAnswerMs).toBeGreaterThan(0);
  expect(bare.program.residentMb()).toBeGreaterThan(10);
  expect(await (await fetch(bare.url + CURRENT)).json()).toEqual({ status: 'known' });

  const load = await run.started.start(() => LoadGenerator.start());
  const window = {
    url: bare.url,
    connections: 4,
    durationMs: 300,
    requests: [{ path: CURRENT, token: 'x' }],
  };
  const plans: LoadPlan[] = [
    { kind: 'closed', ...window },
    { kind: 'steady', requestsPerSecond: 100, ...window },
  ];
  for (const plan of plans) {
    const outcome = await load.send(plan);
    expect(outcome).toMatchObject({ failures: [] });
    expect(outcome.requestsPerSecond).toBeGreaterThan(0);
    expect(outcome.p99Ms).toBeGreaterThanOrEqual(outcome.p50Ms);
  }
  await run.end();
  expect(bare.program.ended).toBe(true);
  expect(existsSync(run.folder)).toBe(false);
});

it('refuses figures of requests that were not answered with 200', async () => {
  const bare = await startBareFastify(run);
  const load = await run.started.start(() => LoadGenerator.start());
  const plan = { connections: 1, durationMs: 200, requests: [{ path: '/nowhere', token: '' }] };
  await expect(load.send({ kind: 'closed', url: bare.url, ...plan })).rejects.toThrow('with 200: status 404');
  await expect(load.send({ kind: 'steady', url: bare.url, requestsPerSecond: 50, ...plan })).rejects.toThrow(
    'with 200: status 404',
  );
});

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
