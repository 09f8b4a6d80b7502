import { UnauthenticatedError, UnavailableError } from '@kubernest/errors';
import { Link, RunningServer, startRedis, waitFor } from '@kubernest/testing';
import { Logger } from '@nestjs/common';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RevocationFeed } from './revocation-feed';
import { SessionAuthentication } from './session-authentication';
import { SessionCache } from './session-cache';
import { SessionReader } from './session-reader';
import { SessionsService } from './sessions.service';
import { nowhere, Pod, SessionsFixture, signIn, signInAgain } from './testing/sessions-fixture';

let fixture: SessionsFixture;
/** Of this file's own, to be paused, stopped and restarted. */
let redis: RunningServer;
let folder: string;
const links: Link[] = [];

const startOwnRedis = async (port?: number) => {
  redis = await startRedis({ dir: join(folder, 'redis'), ...(port && { port }) });
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sessions-'));
  await startOwnRedis();
  fixture = await SessionsFixture.start({ REDIS_URL: redis.url, SIGN_IN_LIMIT_PER_ADDRESS: '1000' });
});

afterAll(async () => {
  await fixture.stop();
  for (const link of links) link.close();
  await redis.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function linkTo(url: string | undefined): Promise<Link> {
  const link = await Link.to(url ?? '');
  links.push(link);
  return link;
}

const authenticate = (pod: Pod, token: string) => pod.get(SessionAuthentication).authenticate(token);

async function refused(pod: Pod, token: string): Promise<void> {
  await expect(authenticate(pod, token)).rejects.toBeInstanceOf(UnauthenticatedError);
}

const keyOf = (pod: Pod, id: string) =>
  `${fixture.env['REDIS_KEY_PREFIX']}:session:${pod.get(SessionCache).run}:${id}`;

/** Whether a pod asked Postgres for the session that it accepted. */
async function readsPostgres(pod: Pod, token: string): Promise<boolean> {
  const find = jest.spyOn(pod.get(SessionReader), 'find');
  await authenticate(pod, token);
  const { calls } = find.mock;
  find.mockRestore();
  return calls.length > 0;
}

async function cachedOn(pods: Pod[], token: string): Promise<void> {
  for (const pod of pods) {
    await pod.caches();
    await waitFor(async () => !(await readsPostgres(pod, token)), {
      timeoutMs: 5_000,
      message: 'a copy in Redis',
    });
  }
}

/** Two pods, a session of which both read the copy, and another session of the same account to revoke it with. */
async function twoPods(revokerEnv: Record<string, string> = {}) {
  const [one, other] = [await fixture.pod(), await fixture.pod(revokerEnv)];
  const { token, email, session } = await signIn(one);
  const { token: adminToken } = await signInAgain(one, email);
  const admin = await authenticate(one, adminToken);
  await cachedOn('REDIS_URL' in revokerEnv ? [one] : [one, other], token);
  const revoke = () => other.get(SessionsService).revoke(admin, session.id);
  return { one, other, token, id: session.id, admin, email, revoke };
}

describe('a revoked session is refused on the very next request on another pod', () => {
  it('when all is well, and at once', async () => {
    const { one, other, token, revoke } = await twoPods();
    const startedAt = performance.now();
    await revoke();
    expect(performance.now() - startedAt).toBeLessThan(900);
    await refused(one, token);
    await refused(other, token);
  });

  it('without a question to Postgres, since Redis knows', async () => {
    const { one, token, revoke } = await twoPods();
    await one.get(RevocationFeed).stop();
    await revoke();
    const find = jest.spyOn(one.get(SessionReader), 'find');
    await refused(one, token);
    expect(find).not.toHaveBeenCalled();
  });

  it('when Redis cannot be reached by the pod that revokes', async () => {
    const { one, token, revoke } = await twoPods({ REDIS_URL: await nowhere(redis.url) });
    await revoke();
    await refused(one, token);
    await expect(one.redis.get(keyOf(one, 'x'))).resolves.toBeNull();
  });

  it('when Redis is paused meanwhile, and after it goes on', async () => {
    const { one, other, token, revoke } = await twoPods();
    process.kill(redis.pid, 'SIGSTOP');
    try {
      await revoke();
      await refused(one, token);
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    await waitFor(() => one.redis.ping(), { timeoutMs: 5_000, message: 'Redis to go on' });
    for (const pod of [one, other]) {
      await pod.caches();
      await refused(pod, token);
    }
  });

  it('when Redis is stopped meanwhile, and after another one has taken its place', async () => {
    const { one, other, token, revoke } = await twoPods();
    const { port } = redis;
    await redis.stop();
    await revoke();
    await refused(one, token);
    await startOwnRedis(port);
    for (const pod of [one, other]) {
      await pod.caches();
      await refused(pod, token);
    }
  });

  it('when Redis is restarted from a snapshot that holds the copy', async () => {
    const { one, token, id, revoke } = await twoPods();
    const oldKey = keyOf(one, id);
    await one.redis.save();
    await revoke();
    const { port, pid } = redis;
    process.kill(pid, 'SIGKILL');
    await redis.stop();
    await startOwnRedis(port);
    await one.caches();
    await expect(one.redis.get(oldKey)).resolves.toContain(id);
    await expect(one.get(SessionCache).find(id)).resolves.toBeUndefined();
    await refused(one, token);
  });

  it('when that pod could not see Postgres for a while', async () => {
    const postgres = await linkTo(fixture.env['DATABASE_URL']);
    const { other, token, revoke } = await twoPods();
    const partitioned = await fixture.pod({
      DATABASE_URL: postgres.url,
      DATABASE_STATEMENT_TIMEOUT_MS: '300',
    });
    await cachedOn([partitioned], token);
    await other.get(RevocationFeed).stop();
    jest.spyOn(other.get(SessionCache), 'markGone').mockResolvedValue(false);
    postgres.cut();
    await revoke();
    await expect(authenticate(partitioned, token)).rejects.toBeInstanceOf(UnavailableError);
    postgres.heal();
    await waitFor(() => refused(partitioned, token).then(() => true), {
      timeoutMs: 10_000,
      message: 'the session to be refused',
    });
  });

  it('when that pod was paused while it was revoked', async () => {
    const { one, token, id } = await twoPods();
    // Nothing of this process runs meanwhile, as if it had been stopped; the other side waits as a revoker does.
    revokeFromAnotherProcess(id, 1_050);
    await refused(one, token);
  });

  it('when the pod that revoked was killed before it told Redis, as soon as the others have asked Postgres', async () => {
    const { one, token, id } = await twoPods();
    await one.database.query(
      `WITH gone AS (DELETE FROM session WHERE id = $1 RETURNING id)
       INSERT INTO session_revocation (session_id) SELECT id FROM gone`,
      [id],
    );
    const knows = () => one.get(RevocationFeed).isRevoked(id);
    await waitFor(knows, { timeoutMs: 1_000, message: 'the pod to learn of it' });
    await expect(one.redis.get(keyOf(one, id))).resolves.toContain(id);
    await refused(one, token);
  });

  it('when a copy is written after the mark, by a request that had read the session before', async () => {
    const { one, other, token, id, revoke } = await twoPods();
    await one.redis.del(keyOf(one, id));
    const find = SessionReader.prototype.find.bind(one.get(SessionReader));
    jest.spyOn(one.get(SessionReader), 'find').mockImplementation(async (...asked) => {
      const found = await find(...asked);
      await revoke();
      return found;
    });
    // Its answer may be either, since it was asked before: what counts is what it leaves behind.
    await authenticate(one, token);
    jest.restoreAllMocks();
    await waitFor(async () => (await one.redis.get(keyOf(one, id))) === 'gone', {
      timeoutMs: 1_000,
      message: 'the mark to stand',
    });
    await refused(one, token);
    await refused(other, token);
  });
});

describe('revoking', () => {
  it('waits until no pod trusts copies any more when Redis does not confirm, and not longer', async () => {
    const { revoke } = await twoPods({ REDIS_URL: await nowhere(redis.url) });
    const startedAt = performance.now();
    await revoke();
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThan(1_000);
    expect(tookMs).toBeLessThan(2_000);
  });

  it('does not count a confirmation of a Redis that was replaced meanwhile', async () => {
    const { other, id } = await twoPods();
    const cache = other.get(SessionCache);
    jest.spyOn(other.redis, 'set').mockImplementationOnce(() => {
      other.redis.emit('close');
      return Promise.resolve('OK');
    });
    await expect(cache.markGone([id])).resolves.toBe(false);
    jest.restoreAllMocks();
  });

  it('revokes nothing when it cannot be remembered', async () => {
    const { one, token, revoke } = await twoPods();
    await one.database.query(`ALTER TABLE session_revocation ADD CONSTRAINT refuse CHECK (false) NOT VALID`);
    try {
      await expect(revoke()).rejects.toThrow('refuse');
    } finally {
      await one.database.query(`ALTER TABLE session_revocation DROP CONSTRAINT refuse`);
    }
    await expect(authenticate(one, token)).resolves.toBeDefined();
  });

  it('is forgotten by Postgres once no copy can be readable any more', async () => {
    const { one, id, revoke } = await twoPods();
    await revoke();
    const remembered = () => one.database.query('SELECT FROM session_revocation WHERE session_id = $1', [id]);
    await expect(remembered()).resolves.toHaveLength(1);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 95_000);
    await waitFor(async () => (await remembered()).length === 0, {
      timeoutMs: 5_000,
      message: 'it to be forgotten',
    });
    jest.restoreAllMocks();
  });

  it('is remembered, and trusted, for longer while Postgres cannot write', async () => {
    const { other, revoke } = await twoPods();
    await revoke();
    await other.database.query(`CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE 'No space left on device' USING ERRCODE = '53100'; END $$`);
    await other.database.query(`CREATE TRIGGER disk_full BEFORE DELETE ON session_revocation
      FOR EACH STATEMENT EXECUTE FUNCTION disk_full()`);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 95_000);
    const warned = jest.spyOn(Logger.prototype, 'warn');
    const asked = jest.spyOn(other.database, 'query');
    const tries = () => asked.mock.calls.filter(([sql]) => sql.includes('DELETE FROM session_revocation'));
    await waitFor(() => tries().length >= 3, { timeoutMs: 5_000, message: 'three tries to forget it' });
    expect(warned).not.toHaveBeenCalled();
    expect(other.get(RevocationFeed).trustsCopies()).toBe(true);
    jest.restoreAllMocks();
    await other.database.query('DROP FUNCTION disk_full CASCADE');
  });
});

/** Blocks this process until the other one has waited `waitMs` after its commit. */
function revokeFromAnotherProcess(id: string, waitMs: number): void {
  const script = `
    const { Client } = require('pg');
    const client = new Client({ connectionString: process.env.DATABASE_URL });
    client.connect()
      .then(() => client.query("WITH gone AS (DELETE FROM session WHERE id = '${id}' RETURNING id) INSERT INTO session_revocation (session_id) SELECT id FROM gone"))
      .then(() => client.end())
      .then(() => setTimeout(() => undefined, ${waitMs}));`;
  execFileSync(process.execPath, ['-e', script], {
    env: { ...process.env, DATABASE_URL: fixture.env['DATABASE_URL'] },
  });
}
