import { createSigner } from 'fast-jwt';
import { createHash } from 'node:crypto';
import type { Client } from 'pg';
import type { LoadRequest } from '../load-plan';
import { JWT_SECRET } from './ask-for-sessions';

const SESSIONS_OF_ACCOUNT = 10;
const SALT = 'bench';

const ACCOUNTS = `
  INSERT INTO account (id, email, password_hash)
  SELECT gen_random_uuid(), 'person-' || n || '@example.org',
    '$argon2id$v=19$m=19456,t=2,p=1$KmqCeYC50jvDvq+GcrtGEA$mD5kboa/BvXGgZs3mbxuOA92VGlb8/J1r/W639MqLS8'
  FROM generate_series(1, $1::int) n`;

/**
 * Every other row has expired, within the last week, at a moment that has nothing to do with its place in the table; the others expire
 * within the next week. The keys of their tokens follow from their ids.
 */
const SESSIONS = `
  WITH person AS MATERIALIZED (SELECT array_agg(id) AS ids, count(*)::int AS count FROM account)
  INSERT INTO session
    (id, account_id, key_hash, created_at, last_used_at, expires_at, absolute_expires_at, user_agent, address)
  SELECT id, ids[1 + n % count], sha256(convert_to(md5(id::text || '${SALT}'), 'UTF8')),
    expires_at - interval '8 days', expires_at - interval '7 days', expires_at, expires_at + interval '22 days',
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/' || n % 50 || '.0.0.0 Safari/537.36',
    '198.51.' || n % 256 || '.' || n % 251
  FROM person, LATERAL (
    SELECT n, gen_random_uuid() AS id,
      now() + (CASE WHEN n % 2 = 0 THEN -random() ELSE 0.1 + random() END) * interval '7 days' AS expires_at
    FROM generate_series(1, 2 * $1::int) n OFFSET 0
  ) fresh`;

/** As many expired as live sessions. */
export async function insertSessions(client: Client, each: number): Promise<void> {
  await client.query(ACCOUNTS, [Math.ceil((2 * each) / SESSIONS_OF_ACCOUNT)]);
  const { rows } = await client.query<{ indexname: string; indexdef: string }>(
    `SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'session' AND indexname <> 'session_pkey'`,
  );
  // Building an index once is much quicker than growing it, as is not looking up every single account.
  await client.query('SET session_replication_role = replica');
  for (const { indexname } of rows) await client.query(`DROP INDEX ${indexname}`);
  await client.query(SESSIONS, [each]);
  for (const { indexdef } of rows) await client.query(indexdef);
  await client.query('RESET session_replication_role');
}

/**
 * Requests for as many live sessions, none of which has a copy in Redis yet. One in five has to be extended first, as it is when a copy
 * lasts a minute and extending is due every five.
 */
export async function requestsForLiveSessions(client: Client, count: number): Promise<LoadRequest[]> {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE session SET last_used_at = now() - CASE WHEN random() < 0.2 THEN interval '1 hour' ELSE interval '0' END
     WHERE id IN (SELECT id FROM session WHERE expires_at > now() + interval '1 hour' ORDER BY id LIMIT $1)
     RETURNING id`,
    [count],
  );
  const sign = createSigner({ key: JWT_SECRET, algorithm: 'HS256', expiresIn: '1d' });
  return rows.map(({ id }) => {
    const key = createHash('md5').update(`${id}${SALT}`).digest('hex');
    return { path: '/v1/sessions/current', token: sign({ sid: id, key }) };
  });
}
