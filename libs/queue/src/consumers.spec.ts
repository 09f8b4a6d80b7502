import { freePort, RunningServer, scratchFolder, startRedis, testRedis, waitFor } from '@kubernest/testing';
import { Job, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { join } from 'node:path';
import { HandedBackError } from './handed-back-error';
import type { RunningJob } from './job-processor';
import { ready } from './ready.fixture';
import {
  Handler,
  Payload,
  startWorker,
  testConfig,
  testQueue,
  TestWorker,
  untilAborted,
} from './worker.fixture';

const { url } = testRedis();
const workers: TestWorker[] = [];
let config: ReturnType<typeof testConfig>;
let observed: Queue<Payload>;
const options = {
  attempts: testQueue.attempts,
  backoff: { type: 'exponential', delay: testQueue.backoffMs },
};

beforeEach(() => {
  config = testConfig(url, testRedis().prefix);
  observed = observe(url, config.REDIS_KEY_PREFIX);
});

afterEach(async () => {
  await Promise.all(workers.splice(0).map(({ shutDown }) => shutDown()));
  await observed.close();
});

function observe(at: string, prefix: string): Queue<Payload> {
  const { hostname: host, port } = new URL(at);
  const queue = new Queue<Payload>(testQueue.name, { connection: { host, port: Number(port) }, prefix });
  queue.on('error', () => undefined);
  return queue;
}

async function work(handler: Handler, ...more: [Parameters<typeof startWorker>[2]?]): Promise<TestWorker> {
  const worker = await startWorker(config, handler, ...more);
  workers.push(worker);
  return worker;
}

const add = (jobId: string, data: Payload = { step: 'one' }) =>
  observed.add(testQueue.name, data, { ...options, jobId });
const find = async (id: string) => (await observed.getJob(id)) as Job<Payload>;

function state(id: string, wanted: string): Promise<unknown> {
  return waitFor(async () => (await observed.getJobState(id)) === wanted, {
    timeoutMs: 5_000,
    message: `job ${id} to be ${wanted}`,
  });
}

function standStill(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}

function recorder(): {
  jobs: RunningJob<Payload>[];
  handler: Handler;
  runs: (count: number) => Promise<unknown>;
} {
  const jobs: RunningJob<Payload>[] = [];
  return {
    jobs,
    handler: (job) => Promise.resolve(void jobs.push(job)),
    runs: (count) => waitFor(() => jobs.length >= count, { timeoutMs: 5_000, message: `${count} runs` }),
  };
}

describe('a job', () => {
  it('reaches the processor with its payload, id and attempt', async () => {
    const { handler, jobs, runs } = recorder();
    await work(handler);
    await add('first', { step: 'hello' });
    await runs(1);
    expect(jobs[0]).toMatchObject({ id: 'first', payload: { step: 'hello' }, attempt: 1 });
    await state('first', 'completed');
  });

  it('that fails is tried again as often as the queue says, later each time', async () => {
    const at: number[] = [];
    await work(({ attempt }) => {
      at.push(performance.now());
      return Promise.reject(new Error(`attempt ${attempt}`));
    });
    await add('failing');
    await state('failing', 'failed');
    expect((await find('failing')).failedReason).toBe('attempt 3');
    const [first = 0, second = 0, third = 0] = at;
    expect(at).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(50);
    expect(third - second).toBeGreaterThanOrEqual(100);
  });

  it('with a payload that does not fit fails at once, and is not run', async () => {
    const { handler, jobs } = recorder();
    await work(handler);
    await add('wrong', { walk: 'one' } as unknown as Payload);
    await state('wrong', 'failed');
    expect(await find('wrong')).toMatchObject({
      attemptsMade: 1,
      failedReason: 'the payload does not fit queue test-jobs',
    });
    expect(jobs).toEqual([]);
  });

  it('leaves its progress to operators, and to its next attempt', async () => {
    const seen: unknown[] = [];
    await work(async (job) => {
      seen.push(job.lastProgress);
      await job.progress({ deleted: job.attempt });
      if (job.attempt === 1) throw new Error('again');
    });
    await add('reporting');
    await state('reporting', 'completed');
    expect(seen[1]).toEqual({ deleted: 1 });
    expect((await find('reporting')).progress).toEqual({ deleted: 2 });
  });

  it('is logged once its end is known', async () => {
    const lines: { msg: string; jobId?: string; attempt?: number }[] = [];
    const note = (line: unknown) => lines.push(line as { msg: string });
    const failOnce: Handler = ({ attempt }) =>
      attempt === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
    await work(failOnce, { logger: { log: note, warn: note, error: note } });
    await add('logged');
    await waitFor(() => lines.some(({ msg }) => msg === 'job done'), {
      timeoutMs: 5_000,
      message: 'the line',
    });
    const ofJob = lines.filter(({ jobId }) => jobId === 'logged');
    expect(ofJob.map(({ msg, attempt }) => [msg, attempt])).toEqual([
      ['job failed: it is tried again', 1],
      ['job done', 2],
    ]);
  });
});

describe('starting', () => {
  it('takes no job before every other check passes; until then its own check says so', async () => {
    const { handler, jobs, runs } = recorder();
    await add('early');
    let migrated = false;
    const asked: boolean[] = [];
    const run = () => {
      asked.push(migrated);
      return migrated ? Promise.resolve() : Promise.reject(new Error('not migrated'));
    };
    const worker = await work(handler, {
      beforeStart: (lifecycle) => lifecycle.addCheck({ name: 'migrations', run }),
    });
    await waitFor(() => asked.length >= 3, { timeoutMs: 5_000, message: 'several questions' });
    expect(jobs).toEqual([]);
    const consumers = worker.lifecycle.checks.find(({ name }) => name === 'consumers');
    await expect(consumers?.run()).rejects.toMatchObject({
      kind: 'unavailable',
      message: 'waiting for the dependencies',
    });
    migrated = true;
    await runs(1);
    await ready(worker);
  });

  it('does not undo an operator’s pause', async () => {
    const { handler, jobs, runs } = recorder();
    await observed.pause();
    await add('waiting');
    await ready(await work(handler));
    await expect(observed.isPaused()).resolves.toBe(true);
    expect(jobs).toEqual([]);
    await observed.resume();
    await runs(1);
  });
});

describe('the shutdown', () => {
  it('lets the job in hand finish, and takes no new one', async () => {
    const finished: string[] = [];
    const worker = await work(async (job) => {
      await untilAborted(job);
      await job.progress({ last: 'words' });
      finished.push(job.id);
    });
    await add('in-hand');
    await state('in-hand', 'active');
    await add('too-late');
    await worker.shutDown();
    expect(finished).toEqual(['in-hand']);
    await expect(observed.getJobState('in-hand')).resolves.toBe('completed');
    await expect(observed.getJobState('too-late')).resolves.toBe('waiting');
  });

  it('hands a job back without the cost of an attempt, and another worker takes it up', async () => {
    const stopping = await work(async (job) => {
      await untilAborted(job);
      throw new HandedBackError();
    });
    await add('handed-back');
    await state('handed-back', 'active');
    await stopping.shutDown();
    await expect(observed.getJobState('handed-back')).resolves.toBe('waiting');
    expect(await find('handed-back')).toMatchObject({ attemptsMade: 0 });
    const { handler, jobs, runs } = recorder();
    const startedAt = performance.now();
    await work(handler);
    await runs(1);
    expect(jobs[0]?.attempt).toBe(1);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('does not complain of the lock of a job that was handed back, however busy the process is', async () => {
    const complaints: unknown[] = [];
    const complain = (line: unknown) => complaints.push(line);
    const logger = { log: () => undefined, warn: complain, error: complain };
    const stopping = await work(
      async (job) => {
        await untilAborted(job);
        // The command is on its way; what is due by the time its answer is read comes first.
        setImmediate(standStill, testQueue.lockMs / 2);
        throw new HandedBackError();
      },
      { logger },
    );
    await add('handed-back-late');
    await state('handed-back-late', 'active');
    await stopping.shutDown();
    await expect(observed.getJobState('handed-back-late')).resolves.toBe('waiting');
    expect(complaints).toEqual([]);
  });

  it('is the only reason to hand back: a job that does so without one has failed', async () => {
    await work(() => Promise.reject(new HandedBackError('for no reason')));
    await add('lazy');
    await state('lazy', 'failed');
    expect(await find('lazy')).toMatchObject({ attemptsMade: 3, failedReason: 'for no reason' });
  });

  it('waits for a job that ignores the signal, and names it', async () => {
    let finish: () => void = () => undefined;
    const worker = await work(() => new Promise((resolve) => (finish = resolve)));
    await add('stubborn');
    await state('stubborn', 'active');
    let closed = false;
    const shutDown = worker.shutDown().then(() => (closed = true));
    // Longer than the lock lasts: it is renewed meanwhile.
    await waitFor(() => /open for (1[5-9]|[2-9]\d)\d\d ms/.test(worker.lifecycle.listOpenWork().join()), {
      timeoutMs: 5_000,
      message: 'the job to be open for more than 1.5 s',
    });
    expect(closed).toBe(false);
    expect(worker.lifecycle.listOpenWork()).toEqual([
      expect.stringMatching(/^job stubborn of test-jobs, open for \d+ ms$/),
    ]);
    finish();
    await shutDown;
    await expect(observed.getJobState('stubborn')).resolves.toBe('completed');
  });

  it('ends before the consumers have started, too', async () => {
    const never = { name: 'never', run: () => Promise.reject(new Error('never')) };
    const worker = await work(untilAborted, { beforeStart: (lifecycle) => lifecycle.addCheck(never) });
    await worker.shutDown();
    workers.pop();
  });
});

describe('with a Redis of its own', () => {
  let server: RunningServer;
  let port: number;
  let own: string;
  const dir = join(scratchFolder(), 'redis');
  const start = async () => {
    server = await startRedis({ dir, port, persistent: true });
  };

  beforeAll(async () => {
    port = await freePort();
    own = `redis://127.0.0.1:${port}`;
    await start();
  });

  beforeEach(async () => {
    config = testConfig(own, 'test');
    await observed.close();
    observed = observe(own, 'test');
  });

  afterAll(() => server.stop());

  it('leaves no connection behind', async () => {
    const worker = await startWorker(config, () => Promise.resolve());
    await ready(worker);
    await add('done');
    await state('done', 'completed');
    await worker.shutDown();
    await observed.close();
    const client = new Redis(own);
    await waitFor(
      async () =>
        String(await client.client('LIST'))
          .trim()
          .split('\n').length === 1,
      {
        timeoutMs: 2_000,
        message: 'this connection to be the only one',
      },
    );
    client.disconnect();
  });

  it('waits while Redis is away, prints nothing raw, and goes on when it is back', async () => {
    const printed = ['error', 'warn', 'log'].map((name) =>
      jest.spyOn(console, name as 'error').mockReturnValue(),
    );
    const { handler, runs } = recorder();
    const lines: unknown[] = [];
    const note = (line: unknown) => lines.push((line as { msg: string }).msg);
    await ready(await work(handler, { logger: { log: note, warn: note, error: note } }));
    await add('before');
    await runs(1);
    await server.stop();
    await waitFor(() => lines.includes('redis is not available (consumers): trying again'), {
      timeoutMs: 5_000,
      message: 'the outage to be noticed',
    });
    await start();
    const backAt = performance.now();
    await ready(workers[0] as TestWorker);
    await waitFor(() => add('after'), { timeoutMs: 5_000, message: 'a job to be added' });
    await runs(2);
    expect(performance.now() - backAt).toBeLessThan(5_000);
    for (const spy of printed) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it('takes up in time what became due while Redis failed over', async () => {
    const { handler, runs } = recorder();
    await ready(await work(handler));
    const operator = new Redis(own);
    await observed.add(testQueue.name, { step: 'one' }, { ...options, jobId: 'due', delay: 1_500 });
    await waitFor(async () => (await operator.exists(`test:${testQueue.name}:marker`)) === 0, {
      timeoutMs: 1_000,
      message: 'the worker to hear of it',
    });
    await operator.replicaof('127.0.0.1', 1);
    await operator.replicaof('NO', 'ONE');
    operator.disconnect();
    await runs(1);
  });

  async function leave(how: string): Promise<() => Promise<void>> {
    if (how === 'paused') {
      process.kill(server.pid, 'SIGSTOP');
      return () => Promise.resolve(void process.kill(server.pid, 'SIGCONT'));
    }
    await server.stop();
    return start;
  }

  async function shutsDown(worker: TestWorker, how: string): Promise<void> {
    await observed.close();
    const comeBack = await leave(how);
    const startedAt = performance.now();
    await worker.shutDown();
    const lastedMs = performance.now() - startedAt;
    await comeBack();
    expect(lastedMs).toBeLessThan(8_000);
  }

  it.each(['away', 'paused'])('shuts down while Redis is %s and no job is in hand', async (how) => {
    const worker = await startWorker(config, () => Promise.resolve());
    await add(how);
    await state(how, 'completed');
    await shutsDown(worker, how);
  });

  it.each(['away', 'paused'])('does not wait to tell a Redis that is %s how a job ended', async (how) => {
    const worker = await startWorker(config, untilAborted);
    await add(`untold-${how}`);
    await state(`untold-${how}`, 'active');
    await shutsDown(worker, how);
  });
});
