import { InvalidInputError, UnavailableError } from '@kubernest/errors';
import { freePort, RunningServer, scratchFolder, startRedis, testRedis, waitFor } from '@kubernest/testing';
import { Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { join } from 'node:path';
import { startWorker, testConfig, testQueue, TestWorker } from './worker.fixture';

const { url, prefix } = testRedis();
const config = testConfig(url, prefix);
let process: TestWorker;
let observed: Queue;

beforeAll(async () => {
  process = await startWorker(config);
  await connected(process);
  const { hostname: host, port } = new URL(url);
  observed = new Queue(testQueue.name, { connection: { host, port: Number(port) }, prefix });
});

afterEach(() => observed.obliterate({ force: true }));

afterAll(async () => {
  await observed.close();
  await process.shutDown();
});

function connected({ lifecycle }: TestWorker): Promise<unknown> {
  const redis = lifecycle.checks.find(({ name }) => name === 'redis');
  return waitFor(() => redis?.run().then(() => true), { timeoutMs: 2_000, message: 'a connection to Redis' });
}

describe('add', () => {
  it('hands the queue’s attempts, backoff and retention to BullMQ', async () => {
    await process.producer.add(testQueue, { step: 'one' }, { jobId: 'one' });
    const job = await observed.getJob('one');
    expect(job).toMatchObject({
      name: 'test-jobs',
      data: { step: 'one' },
      opts: {
        attempts: 3,
        backoff: { type: 'exponential', delay: 50 },
        removeOnComplete: { count: 10 },
        removeOnFail: { count: 5 },
      },
    });
  });

  it('adds a job once, however often it is added under the same id', async () => {
    const again = () => process.producer.add(testQueue, { step: 'one' }, { jobId: 'same' });
    await Promise.all([again(), again(), again()]);
    await again();
    await expect(observed.getWaitingCount()).resolves.toBe(1);
  });

  it('refuses a payload that does not fit, and adds nothing', async () => {
    const wrong = { step: 1 } as unknown as { step: string };
    await expect(process.producer.add(testQueue, wrong)).rejects.toThrow(InvalidInputError);
    await expect(observed.getWaitingCount()).resolves.toBe(0);
  });

  it('does not call a mistake an outage', async () => {
    const adding = process.producer.add(testQueue, { step: 'one' }, { jobId: 'not:allowed' });
    await expect(adding).rejects.toThrow('Custom Id cannot contain :');
  });
});

describe('schedule', () => {
  const everySecond = '* * * * * *';

  it('adds a job once per date, however many processes say so', async () => {
    const other = await startWorker(config);
    await connected(other);
    const dates: string[] = [];
    const worker = await startWorker(config, ({ id }) => Promise.resolve(void dates.push(id)));
    for (const { producer } of [process, other, process, other])
      await producer.schedule(testQueue, 'tick', everySecond, { step: 'tick' });
    await waitFor(() => dates.length >= 3, { timeoutMs: 6_000, message: 'three dates' });
    expect(new Set(dates).size).toBe(dates.length);
    const seconds = dates.map((id) => Number(id.split(':').at(-1)) / 1000);
    expect(seconds.slice(1).map((second, index) => second - (seconds[index] ?? 0))).toEqual(
      seconds.slice(1).map(() => 1),
    );
    await process.producer.schedule(testQueue, 'tick', undefined, { step: 'tick' });
    await Promise.all([other, worker].map(({ shutDown }) => shutDown()));
  });

  it('takes the latest pattern, in UTC', async () => {
    await process.producer.schedule(testQueue, 'nightly', '0 1 * * *', { step: 'old' });
    await process.producer.schedule(testQueue, 'nightly', '0 2 * * *', { step: 'new' });
    const [scheduler, ...others] = await observed.getJobSchedulers();
    expect(others).toEqual([]);
    expect(scheduler).toMatchObject({ key: 'nightly', pattern: '0 2 * * *' });
    expect(new Date(scheduler?.next ?? 0).toISOString()).toMatch(/T02:00:00.000Z$/);
    await expect(observed.getDelayed()).resolves.toMatchObject([{ data: { step: 'new' } }]);
  });

  it('keeps a job that is due and that no worker has taken up yet, when a process says so again', async () => {
    await process.producer.schedule(testQueue, 'tick', everySecond, { step: 'tick' });
    const [job] = await observed.getDelayed();
    await due(job);
    await process.producer.schedule(testQueue, 'tick', everySecond, { step: 'tick' });
    await expect(observed.getJobState(job?.id ?? '')).resolves.toBe('delayed');
  });

  it('replaces one that asks for something else, and leaves one of another release alone when told to', async () => {
    const [first, second] = ['0 1 * * *', '0 2 * * *'];
    await process.producer.schedule(testQueue, 'nightly', first, { step: 'x' });
    const again = (pattern: string, replace: boolean) =>
      process.producer.schedule(testQueue, 'nightly', pattern, { step: 'x' }, { replace });
    await expect(again(first, true)).resolves.toBe(false);
    await expect(again(second, false)).resolves.toBe(false);
    await expect(observed.getJobSchedulers()).resolves.toMatchObject([{ pattern: first }]);
    await expect(again(second, true)).resolves.toBe(true);
    await expect(observed.getJobSchedulers()).resolves.toMatchObject([{ pattern: second }]);
  });

  it('goes on where a process took up its job and died before it added the next one', async () => {
    const say = () =>
      process.producer.schedule(testQueue, 'tick', everySecond, { step: 'tick' }, { replace: false });
    await say();
    const [taken] = await observed.getDelayed();
    await due(taken);
    await takeDelayedJobs({ forget: false });
    await expect(say()).resolves.toBe(true);
    const [next] = await observed.getDelayed();
    expect(dateOf(next)).toBeGreaterThan(dateOf(taken));
  });

  it('waits for the date of a job that a process took up whose clock is ahead', async () => {
    const say = () =>
      process.producer.schedule(testQueue, 'nightly', '0 2 * * *', { step: 'x' }, { replace: false });
    await say();
    await takeDelayedJobs({ forget: false });
    await expect(say()).resolves.toBe(false);
  });

  it.each(['is gone', 'has lost its next job'])('brings back one that %s', async (how) => {
    const say = () =>
      process.producer.schedule(testQueue, 'nightly', '0 2 * * *', { step: 'x' }, { replace: false });
    await say();
    if (how === 'is gone') await observed.obliterate({ force: true });
    else await takeDelayedJobs({ forget: true });
    await expect(observed.getDelayedCount()).resolves.toBe(0);
    await expect(say()).resolves.toBe(true);
    await expect(observed.getDelayedCount()).resolves.toBe(1);
    await expect(say()).resolves.toBe(false);
  });

  it('takes a schedule away, and does not mind when there is none', async () => {
    await process.producer.schedule(testQueue, 'nightly', '0 2 * * *', { step: 'x' });
    await process.producer.schedule(testQueue, 'nightly', undefined, { step: 'x' });
    await process.producer.schedule(testQueue, 'nightly', undefined, { step: 'x' });
    await expect(observed.getJobSchedulers()).resolves.toEqual([]);
    await expect(observed.getDelayedCount()).resolves.toBe(0);
  });
});

const dateOf = (job: Job | undefined) => (job?.timestamp ?? 0) + (job?.delay ?? 0);

const due = (job: Job | undefined) =>
  waitFor(() => Date.now() > dateOf(job), { timeoutMs: 2_000, message: 'the date to come' });

/** As a failover does that loses the last writes, or as a worker does; BullMQ itself refuses to touch a schedule's next job. */
async function takeDelayedJobs({ forget }: { forget: boolean }): Promise<void> {
  const redis = new Redis(url);
  const key = (name: string) => `${prefix}:${testQueue.name}:${name}`;
  const ids = await redis.zrange(key('delayed'), 0, -1);
  await redis.del(key('delayed'), ...(forget ? ids.map(key) : []));
  if (!forget) await redis.lpush(key('active'), ...ids);
  redis.disconnect();
}

describe('while Redis does not answer', () => {
  let server: RunningServer;
  let port: number;
  const dir = join(scratchFolder(), 'redis');
  const start = async () => {
    server = await startRedis({ dir, port });
  };

  beforeAll(async () => {
    port = await freePort();
  });

  afterAll(() => server.stop());

  async function failsFast(worker: TestWorker): Promise<void> {
    const startedAt = performance.now();
    await expect(worker.producer.add(testQueue, { step: 'one' })).rejects.toThrow(UnavailableError);
    await expect(worker.producer.schedule(testQueue, 'tick', '0 2 * * *', { step: 'x' })).rejects.toThrow(
      UnavailableError,
    );
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  }

  const works = (worker: TestWorker) =>
    waitFor(() => worker.producer.add(testQueue, { step: 'one' }).then(() => true), {
      timeoutMs: 2_000,
      message: 'a job to be added',
    });

  it('adding fails fast, from the start of the process too, and works within 2 s of its return', async () => {
    const printed = jest.spyOn(console, 'error').mockReturnValue();
    const worker = await startWorker(testConfig(`redis://127.0.0.1:${port}`, 'test'));
    await failsFast(worker);
    await start();
    await works(worker);
    await server.stop();
    await failsFast(worker);
    await start();
    await works(worker);
    await worker.shutDown();
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it('adding for the first time while it is paused fails fast, and works within 2 s of its return', async () => {
    const worker = await startWorker(testConfig(`redis://127.0.0.1:${port}`, 'test'));
    await connected(worker);
    globalThis.process.kill(server.pid, 'SIGSTOP');
    await failsFast(worker);
    globalThis.process.kill(server.pid, 'SIGCONT');
    await works(worker);
    await worker.shutDown();
  });
});
