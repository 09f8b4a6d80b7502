import { waitFor } from '@kubernest/testing';
import { Queue } from 'bullmq';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Environment, freshEnvironment } from '../support/environment';
import { killRunning, LogLine, RunningApp } from '../support/running-app';

/** FAULTS_LONG=1: ten times as many points, about two minutes more. */
const POINTS = process.env['FAULTS_LONG'] === '1' ? 200 : 20;
const BATCH = 5;
const LIVE = 7;
const TIMEOUT_MS = POINTS * 10_000;
/** What libs/queue/src/define-queue.ts promises: lockMs and 15 s. */
const TAKE_OVER_MS = 30_000;

let environments: Environment[] = [];
let stopping = false;
/** These begin at once and side by side, since they mostly wait. */
let takenOver: Promise<TakeOver>;
let killed: Record<'command' | 'worker', Promise<Killed>>;
beforeAll(() => {
  takenOver = killInMidJob();
  killed = { command: killAgainAndAgain('command'), worker: killAgainAndAgain('worker') };
  for (const outcome of [takenOver, killed.command, killed.worker]) outcome.catch(() => undefined);
});
afterAll(async () => {
  stopping = true;
  await Promise.allSettled([takenOver, killed.command, killed.worker]);
  await killRunning();
  await Promise.all(environments.map((environment) => environment.close()));
  environments = [];
});

/** With an account, `expired` sessions that have ended, and some that live. */
async function withSessions(expired: number): Promise<Environment> {
  const environment = await freshEnvironment();
  environments.push(environment);
  await environment.sql(
    `INSERT INTO account (id, email, password_hash) VALUES ($1, 'owner@example.com', 'none')`,
    [randomUUID()],
  );
  await add(environment, LIVE, '1 hour');
  await add(environment, expired, '-1 hour');
  return environment;
}

const add = (environment: Environment, count: number, endsIn: string) =>
  environment.sql(
    `INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at)
     SELECT gen_random_uuid(), account.id, '\\x00', now() + $2::interval, now() + interval '1 day'
     FROM account, generate_series(1, $1)`,
    [count, endsIn],
  );

interface Sessions {
  live: number;
  expired: number;
}

async function sessionsOf(environment: Environment): Promise<Sessions> {
  const [row] = await environment.sql<Sessions>(
    `SELECT count(*) FILTER (WHERE expires_at > now())::int AS live,
       count(*) FILTER (WHERE expires_at <= now())::int AS expired FROM session`,
  );
  return row ?? { live: 0, expired: 0 };
}

const gone = (environment: Environment, timeoutMs: number) =>
  waitFor(async () => (await sessionsOf(environment)).expired === 0, {
    timeoutMs,
    message: 'every expired session to be deleted',
  });

const EVERY_SECOND = '* * * * * *';
const settings = (batchSize: number, pauseMs: number, schedule = EVERY_SECOND) => ({
  SESSION_CLEANUP_BATCH_SIZE: String(batchSize),
  SESSION_CLEANUP_PAUSE_MS: String(pauseMs),
  SESSION_CLEANUP_SCHEDULE: schedule,
});

function runOnce({ env }: Environment, overrides: NodeJS.ProcessEnv): Promise<RunningApp> {
  const { DATABASE_URL } = env;
  return RunningApp.start('worker', { DATABASE_URL, ...overrides }, ['cleanup-expired-sessions']);
}

const beginning = (app: RunningApp) =>
  app.waitForLog(({ msg }) => msg === 'session cleanup: begins', 'the beginning of the cleanup');

/** Kills at a moment of its own: after so many batches, or so many milliseconds into the run. */
async function killAt(point: number, app: RunningApp, environment: Environment): Promise<void> {
  const { expired } = await sessionsOf(environment);
  await beginning(app);
  if (point % 2 === 0) await wait((point * 13) % 61);
  else
    await waitFor(async () => (await sessionsOf(environment)).expired <= expired - (point % 4) * BATCH, {
      timeoutMs: 10_000,
      intervalMs: 1,
      message: 'some batches to be deleted',
    });
  await app.stop('SIGKILL');
}

describe('the cleanup of sessions', () => {
  it.each(['command', 'worker'] as const)(
    'of a %s killed at any point leaves no batch half done, deletes no live session, and the next run finishes',
    async (what) => {
      const { after, last, left } = await killed[what];
      expect(after).toHaveLength(POINTS / 2);
      expect(after.filter(({ live, expired }) => live !== LIVE || expired % BATCH !== 0)).toEqual([]);
      expect(after.filter(({ expired }) => expired === 0)).toEqual([]);
      expect(last).toEqual({ exit: 0, says: 'session cleanup: done' });
      expect(left).toEqual({ live: LIVE, expired: 0 });
    },
    TIMEOUT_MS,
  );

  it('is one run at a time, whatever two workers with a schedule and two commands do at once', async () => {
    const environment = await withSessions(40 * BATCH);
    const workers = await Promise.all(
      [1, 2].map(() => RunningApp.start('worker', { ...environment.env, ...settings(BATCH, 30) })),
    );
    await Promise.all(workers.map((worker) => worker.ready()));
    const commands = await Promise.all([1, 2].map(() => runOnce(environment, settings(BATCH, 30))));
    await gone(environment, 20_000);
    // At most one of the two commands found the lock free; both have done what they were asked for.
    expect(await Promise.all(commands.map((command) => command.exit()))).toEqual([0, 0]);
    const everyone = [...workers, ...commands];
    await waitFor(() => overlaps(everyone) !== undefined, { timeoutMs: 5_000, message: 'the runs to end' });
    expect(overlaps(everyone)).toEqual([]);
    const deleted = everyone.flatMap(({ logs }) => logs.flatMap((line) => endOf(line)?.deleted ?? []));
    expect(deleted.reduce((sum, count) => sum + count, 0)).toBe(40 * BATCH);
    expect(await Promise.all(workers.map((worker) => worker.stop()))).toEqual([0, 0]);
    const jobs = workers.flatMap(({ logs }) =>
      logs.flatMap(({ msg, jobId }) => (msg === 'job done' ? [jobId] : [])),
    );
    expect(new Set(jobs).size).toBe(jobs.length);
    expect(await sessionsOf(environment)).toEqual({ live: LIVE, expired: 0 });
  }, 60_000);

  it(
    'that died with its worker is taken up again by another one within its lock and 15 s',
    async () => {
      const { tookMs, state, jobId, line, left } = await takenOver;
      expect(tookMs).toBeLessThan(TAKE_OVER_MS);
      expect(line).toMatchObject({ level: 'warn', queue: 'session-cleanup', jobId });
      expect(state).toBe('completed');
      expect(left).toEqual({ live: LIVE, expired: 0 });
    },
    TIMEOUT_MS,
  );
});

function endOf({ msg, deleted }: LogLine): { deleted: number } | undefined {
  return /^session cleanup: (done|stopped)$/.test(msg ?? '') ? { deleted: Number(deleted) } : undefined;
}

/** The runs that began before the one before them had ended; undefined while one has not ended. */
function overlaps(apps: RunningApp[]): string[] | undefined {
  const runs = apps.flatMap(({ logs }) => {
    const begins = logs.filter(({ msg }) => msg === 'session cleanup: begins');
    const ends = logs.filter((line) => endOf(line));
    return begins.map((line, index) => ({ from: String(line['time']), to: ends[index]?.['time'] }));
  });
  if (runs.some(({ to }) => to === undefined)) return undefined;
  const sorted = runs.toSorted((one, other) => one.from.localeCompare(other.from));
  return sorted.flatMap(({ from }, index) => {
    const before = sorted[index - 1];
    return before && String(before.to) > from ? [`${from} began before ${String(before.to)}`] : [];
  });
}

interface Killed {
  /** What was there after each kill. */
  after: Sessions[];
  last: { exit: number | string; says: string | undefined };
  left: Sessions;
}

async function killAgainAndAgain(what: 'command' | 'worker'): Promise<Killed> {
  const points = POINTS / 2;
  // More than all the killed runs can delete: they stop after a few batches.
  const environment = await withSessions(points * 60 * BATCH);
  const start = () =>
    what === 'worker'
      ? RunningApp.start('worker', { ...environment.env, ...settings(BATCH, 2) })
      : runOnce(environment, settings(BATCH, 2));
  const after: Sessions[] = [];
  for (let point = 0; point < points && !stopping; point++) {
    await killAt(point, await start(), environment);
    after.push(await sessionsOf(environment));
  }
  const last = await runOnce(environment, settings(1000, 0));
  const exit = await last.exit();
  const says = last.logs.find((line) => endOf(line))?.msg;
  return { after, last: { exit, says }, left: await sessionsOf(environment) };
}

interface TakeOver {
  tookMs: number;
  jobId: string;
  state: string;
  line: LogLine;
  left: Sessions;
}

/** One job, whose worker is killed in the middle; no other job comes that could do its work. */
async function killInMidJob(): Promise<TakeOver> {
  const environment = await withSessions(200 * BATCH);
  const { REDIS_URL = '', REDIS_KEY_PREFIX: prefix = '' } = environment.env;
  const { hostname: host, port } = new URL(REDIS_URL);
  const queue = new Queue('session-cleanup', { connection: { host, port: Number(port) }, prefix });
  try {
    return await takeOver(environment, queue);
  } finally {
    await queue.close();
  }
}

async function takeOver(environment: Environment, queue: Queue): Promise<TakeOver> {
  const never = settings(BATCH, 20, '0 0 1 1 *');
  const victim = await (await RunningApp.start('worker', { ...environment.env, ...never })).ready();
  await queue.add('session-cleanup', {}, { jobId: 'orphan' });
  await beginning(victim);
  await victim.stop('SIGKILL');
  const killedAt = performance.now();
  const heir = await (await RunningApp.start('worker', { ...environment.env, ...never })).ready();
  const message = 'the job to be taken over';
  const line = await waitFor(() => heir.logs.find(({ msg }) => msg?.startsWith('job waits again')), {
    timeoutMs: 2 * TAKE_OVER_MS,
    message,
  });
  await beginning(heir);
  const tookMs = performance.now() - killedAt;
  await gone(environment, 20_000);
  await heir.waitForLog(({ msg }) => msg === 'job done', 'the end of the job');
  const state = await queue.getJobState('orphan');
  await heir.stop();
  return { tookMs, jobId: 'orphan', state, line, left: await sessionsOf(environment) };
}
