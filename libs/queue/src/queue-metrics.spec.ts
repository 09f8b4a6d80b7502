import { freePort, RunningServer, scratchFolder, startRedis, waitFor } from '@kubernest/testing';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { HandedBackError } from './handed-back-error';
import { ready } from './ready.fixture';
import { startWorker, testConfig, testQueue, TestWorker, untilAborted } from './worker.fixture';

let server: RunningServer;
let config: ReturnType<typeof testConfig>;
let observed: Queue;
let worker: TestWorker;

beforeAll(async () => {
  server = await startRedis({ dir: scratchFolder(), port: await freePort() });
});

beforeEach(async () => {
  config = testConfig(server.url, randomUUID());
  observed = open(testQueue.name);
  worker = await startWorker(config, async (job) => {
    if (job.payload.step === 'fails') throw new Error('no');
    if (job.payload.step === 'fails once' && job.attempt === 1) throw new Error('not yet');
    if (job.payload.step !== 'lasts') return;
    await untilAborted(job);
    throw new HandedBackError();
  });
  await ready(worker);
});

afterEach(async () => {
  await worker.shutDown();
  await observed.close();
});

afterAll(() => server.stop());

function open(name: string): Queue {
  const connection = { host: '127.0.0.1', port: server.port };
  const queue = new Queue(name, { connection, prefix: config.REDIS_KEY_PREFIX });
  queue.on('error', () => undefined);
  return queue;
}

const add = (step: string, delay = 0) =>
  observed.add(
    testQueue.name,
    { step },
    { attempts: testQueue.attempts, backoff: { type: 'exponential', delay: 50 }, delay },
  );

/** By what stands between the braces. */
async function figures(name: string): Promise<Record<string, number>> {
  const found = (await worker.metrics.scrape()).matchAll(new RegExp(`^${name}\\{(.+)\\} (\\S+)$`, 'gm'));
  return Object.fromEntries(Array.from(found, ([, labels = '', value]) => [labels, Number(value)]));
}

async function jobs(): Promise<Record<string, number>> {
  const found = Object.entries(await figures('queue_jobs'));
  return Object.fromEntries(
    found.map(([labels, count]) => [/^queue="test-jobs",state="(.+)"$/.exec(labels)?.[1] ?? labels, count]),
  );
}

const until = (wanted: Record<string, number>) =>
  waitFor(
    async () => {
      const found = await jobs();
      return Object.keys(wanted).every((state) => found[state] === wanted[state]);
    },
    { timeoutMs: 10_000, message: `the queue to hold ${JSON.stringify(wanted)}` },
  );

const NONE = { waiting: 0, active: 0, delayed: 0, failed: 0, completed: 0 };
const runs = () => figures('queue_job_duration_seconds_count');
const run = (outcome: string) => `queue="test-jobs",outcome="${outcome}"`;

describe('the metrics of a queue', () => {
  it('tell how each run of a job ended, and how many are tried again', async () => {
    await Promise.all([add('works'), add('works'), add('fails once'), add('fails')]);
    await until({ ...NONE, completed: 3, failed: 1 });
    expect(await runs()).toEqual({ [run('completed')]: 3, [run('retried')]: 3, [run('failed')]: 1 });
    expect(await figures('queue_job_retries_total')).toEqual({ 'queue="test-jobs"': 3 });
    expect(await figures('queue_jobs_stalled_total')).toEqual({ 'queue="test-jobs"': 0 });
  });

  it('tell of a job that is handed back at a shutdown, and of nothing else that became of it', async () => {
    await add('lasts');
    await until({ ...NONE, active: 1 });
    worker.lifecycle.drain((_name, error) => {
      throw error;
    });
    await until({ ...NONE, waiting: 1 });
    expect(await runs()).toEqual({ [run('handed_back')]: 1 });
  });

  it('tell what waits, also while an operator has paused it, and since when the next one was due', async () => {
    const age = async () =>
      (await figures('queue_oldest_waiting_job_age_seconds'))['queue="test-jobs"'] ?? -1;
    expect(await jobs()).toEqual(NONE);
    expect(await age()).toBe(0);
    await observed.pause();
    const addedAtMs = Date.now();
    await add('works');
    await add('works', 60_000);
    await until({ ...NONE, waiting: 1, delayed: 1 });
    await waitFor(async () => (await age()) >= 0.1, { timeoutMs: 5_000, message: 'the age to grow' });
    expect(await age()).toBeLessThanOrEqual((Date.now() - addedAtMs + 1) / 1000);
    await observed.resume();
    await until({ ...NONE, completed: 1, delayed: 1 });
    expect(await age()).toBe(0);
  });

  it('count the age of a job with a date from that date on, not from the day on which it was planned', async () => {
    await observed.pause();
    const job = await add('works');
    // As BullMQ plans the next job of a schedule: a day ahead.
    const day = 86_400_000;
    const redis = new Redis(server.url);
    const opts = JSON.stringify({ ...job.opts, delay: day });
    await redis.hset(observed.toKey(job.id ?? ''), { timestamp: String(Date.now() - day - 5_000), opts });
    redis.disconnect();
    const [age = 0] = Object.values(await figures('queue_oldest_waiting_job_age_seconds'));
    expect(age).toBeGreaterThanOrEqual(5);
    expect(age).toBeLessThan(3_600);
  });

  it('are of declared queues only, whatever else is in Redis', async () => {
    const series = async () => (await worker.metrics.scrape()).match(/^queue_\S+ /gm)?.length;
    await add('works');
    await until({ ...NONE, completed: 1 });
    const before = await series();
    const others = Array.from({ length: 150 }, () => open(`q-${randomUUID()}`));
    await Promise.all(others.map((queue) => queue.add('any', {})));
    expect(await series()).toBe(before);
    await Promise.all(others.map((queue) => queue.close()));
  });

  it('are left out while Redis hangs, and counted as missing; the rest is served', async () => {
    const missing = async () => (await figures('metrics_collection_failures_total'))['collector="queues"'];
    expect(await missing()).toBe(0);
    process.kill(server.pid, 'SIGSTOP');
    try {
      const scrape = await worker.metrics.scrape();
      expect(scrape).not.toMatch(/^queue_(jobs|oldest\w+)\{/m);
      expect(scrape).toMatch(/^queue_job_retries_total\{queue="test-jobs"\} 0$/m);
      expect(scrape).toMatch(/^process_cpu_seconds_total \S/m);
    } finally {
      process.kill(server.pid, 'SIGCONT');
    }
    await until(NONE);
    expect(await missing()).toBeGreaterThanOrEqual(1);
  });
});
