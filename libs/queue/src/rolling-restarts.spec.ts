import { TestDatabase, testDatabase, testRedis, waitFor } from '@kubernest/testing';
import { Queue } from 'bullmq';
import { setTimeout as wait } from 'node:timers/promises';
import { Client } from 'pg';
import { CREATE_EFFECT, Effect, effectsQueue, LOCK_MS } from '../test-fixtures/effects-queue';
import { buildFixture, EffectsWorker } from '../test-fixtures/effects-worker';
import { startWorker, testConfig, TestWorker } from './worker.fixture';

/** FAULTS_LONG=1: about two minutes more. */
const LONG = process.env['FAULTS_LONG'] === '1';
const RESTARTS = LONG ? 25 : 4;
const KILLS = LONG ? 10 : 2;
/** What define-queue.ts promises. */
const TAKE_OVER_MS = LOCK_MS + 15_000;
const ADD_EVERY_MS = 15;

const running = new Set<EffectsWorker>();
let file: string;
let database: TestDatabase;
let client: Client;
let producer: TestWorker;
let observed: Queue;
let env: Record<string, string>;

beforeAll(async () => {
  file = await buildFixture('worker');
  database = await testDatabase();
  client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(CREATE_EFFECT);
});

beforeEach(async () => {
  await client.query('TRUNCATE effect');
  const { url, prefix } = testRedis();
  env = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    SHUTDOWN_DRAIN_MS: '50',
    DATABASE_URL: database.url,
    REDIS_URL: url,
    REDIS_KEY_PREFIX: prefix,
  };
  producer = await startWorker(testConfig(url, prefix));
  const { hostname: host, port } = new URL(url);
  observed = new Queue(effectsQueue.name, { connection: { host, port: Number(port) }, prefix });
});

afterEach(async () => {
  await Promise.all([...running].map((worker) => worker.stop('SIGKILL')));
  await observed.close();
  await producer.shutDown();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

const start = () => EffectsWorker.launch(file, env, running).ready();

/** Quick jobs and slow ones, some longer than their lock lasts, some that are handed back at SIGTERM. */
function payloadOf(n: number): Effect {
  const durationMs = n % 40 === 0 ? 2 * LOCK_MS : (n * 37) % 200;
  return { durationMs, handsBack: n % 2 === 0 };
}

/** Adds jobs until `done` settles; resolves with their ids. */
async function addWhile(done: Promise<unknown>): Promise<string[]> {
  const ids: string[] = [];
  const over = new AbortController();
  void done.catch(() => undefined).then(() => over.abort());
  while (!over.signal.aborted) {
    const jobId = `job-${ids.length}`;
    await waitFor(
      () => producer.producer.add(effectsQueue, payloadOf(ids.length), { jobId }).then(() => true),
      {
        timeoutMs: 5_000,
        message: 'a job to be added',
      },
    );
    ids.push(jobId);
    await wait(ADD_EVERY_MS);
  }
  await done;
  return ids;
}

async function effects(): Promise<Map<string, number>> {
  const { rows } = await client.query<{ job: string; times: number }>(
    'SELECT job, count(*)::int AS times FROM effect GROUP BY job',
  );
  return new Map(rows.map(({ job, times }) => [job, times]));
}

const allIn = (ids: readonly string[], timeoutMs: number) =>
  waitFor(async () => (await effects()).size === ids.length, {
    timeoutMs,
    intervalMs: 100,
    message: 'the effect of every job',
  });

/** How many jobs BullMQ counts as failed, whatever for. */
const failed = () => observed.getFailedCount();

async function rollingRestarts(workers: EffectsWorker[]): Promise<(number | string)[]> {
  const exits: (number | string)[] = [];
  for (let restart = 0; restart < RESTARTS; restart++) {
    workers.push(await start());
    exits.push(await (workers.shift() as EffectsWorker).stop('SIGTERM'));
  }
  return exits;
}

it(
  'in rolling restarts the effect of every job happens, and none twice',
  async () => {
    const workers = [await start(), await start()];
    const everyone = [...workers];
    const restarts = rollingRestarts(workers);
    const ids = await addWhile(restarts);
    everyone.push(...workers);
    await allIn(ids, 30_000);

    expect(await restarts).toEqual(Array(RESTARTS).fill(0));
    const twice = [...(await effects())].filter(([, times]) => times > 1);
    expect(twice).toEqual([]);
    await waitFor(async () => (await observed.getCompletedCount()) === ids.length, {
      timeoutMs: 5_000,
      message: 'every job to be done',
    });
    expect(await failed()).toBe(0);
    for (const { output } of everyone) {
      expect(output).not.toContain('job waits again');
      expect(output).not.toContain('lost their lock');
    }
    expect(everyone.map(({ output }) => output).join('')).toContain('job handed back');
  },
  LONG ? 240_000 : 90_000,
);

it(
  'after SIGKILLs the effect of every job happens, and twice at most for those that were in hand',
  async () => {
    let survivors = [await start(), await start()];
    const inHand = new Set<string>();
    const kill = async () => {
      for (let round = 0; round < KILLS; round++) {
        await waitFor(async () => (await observed.getActiveCount()) > 2, {
          timeoutMs: 10_000,
          message: 'jobs in hand',
        });
        const victim = survivors.shift() as EffectsWorker;
        const before = await observed.getActive();
        await victim.stop('SIGKILL');
        // What it took up between the question and its end is still active as well.
        for (const { id } of [...before, ...(await observed.getActive())]) inHand.add(id ?? '');
        survivors = [...survivors, await start()];
      }
    };
    const ids = await addWhile(kill());
    await allIn(ids, TAKE_OVER_MS);
    const twice = [...(await effects())].filter(([, times]) => times > 1).map(([job]) => job);
    expect(twice.filter((job) => !inHand.has(job))).toEqual([]);
    expect(await failed()).toBe(0);
  },
  LONG ? 240_000 : 90_000,
);
