import { freePort, scratchFolder, startRedis, waitFor } from '@kubernest/testing';
import type { Queue } from 'bullmq';
import { join } from 'node:path';
import { Environment, freshEnvironment } from '../support/environment';
import { expectPageBack, QueuePageClient, queuePageEnvironment } from '../support/queue-page';
import { killRunning, RunningApp } from '../support/running-app';
import { openQueue, QUEUE } from './cleanup-queue';

let environment: Environment;
let queue: Queue;
beforeAll(async () => {
  environment = await freshEnvironment();
  queue = openQueue(environment.env);
});
afterEach(async () => {
  await showSessions();
  await queue.obliterate({ force: true });
  await killRunning();
});
afterAll(async () => {
  await queue.close();
  await environment.close();
});

async function startWithPage(overrides: NodeJS.ProcessEnv = {}) {
  const env = { ...environment.env, ...queuePageEnvironment, ...overrides };
  const worker = await (await RunningApp.start('worker', env)).ready();
  return { worker, page: await QueuePageClient.of(worker) };
}

const stateOf = async (id: string | undefined) => queue.getJobState(id ?? '');
const becomes = (id: string | undefined, state: string) =>
  waitFor(async () => (await stateOf(id)) === state, {
    timeoutMs: 15_000,
    message: `job ${id} to be ${state}`,
  });

/** The cleanup cannot work while this lasts. */
const hideSessions = () => environment.sql('ALTER TABLE session RENAME TO session_away');
const showSessions = () => environment.sql('ALTER TABLE IF EXISTS session_away RENAME TO session');

describe('an operator', () => {
  test('pauses a queue only with the password, and not by a page of another site', async () => {
    const { page } = await startWithPage();
    const pause = (options: { password?: string; headers?: Record<string, string> } = {}) =>
      page.call('PUT', `/api/queues/${QUEUE}/pause`, options).then(({ status }) => status);
    expect(await pause({ password: 'wrong' })).toBe(401);
    expect(await pause({ headers: { 'sec-fetch-site': 'cross-site' } })).toBe(403);
    expect(await queue.isPaused()).toBe(false);
    expect(await pause({ headers: { 'sec-fetch-site': 'same-origin' } })).toBe(200);
    expect(await queue.isPaused()).toBe(true);
    await queue.resume();
  });

  test('sees why a job failed, and retries it: it really runs', async () => {
    const { worker, page } = await startWithPage();
    await hideSessions();
    const { id } = await queue.add(QUEUE, {}, { attempts: 1 });
    await becomes(id, 'failed');
    const { queues } = (await (
      await page.call('GET', `/api/queues?activeQueue=${QUEUE}&status=failed`)
    ).json()) as { queues: { name: string; jobs: { failedReason: string }[] }[] };
    expect(queues).toMatchObject([
      { name: QUEUE, jobs: [{ failedReason: 'relation "session" does not exist' }] },
    ]);
    await showSessions();
    expect((await page.call('PUT', `/api/queues/${QUEUE}/${id}/retry`)).status).toBe(204);
    await becomes(id, 'completed');
    await worker.waitForLog(
      ({ msg, route, queue: name, jobId, status }) =>
        msg === 'queue page: a change was asked for' &&
        route === '/api/queues/:queueName/:jobId/retry' &&
        name === QUEUE &&
        jobId === id &&
        status === 204,
      'what the operator did',
    );
  });

  test('pauses a queue, and no worker that starts later undoes that', async () => {
    const schedule = { SESSION_CLEANUP_SCHEDULE: '* * * * * *' };
    const first = await startWithPage(schedule);
    expect((await first.page.call('PUT', `/api/queues/${QUEUE}/pause`)).status).toBe(200);
    await queue.setGlobalConcurrency(3);
    const { id } = await queue.add(QUEUE, {}, { attempts: 1 });
    expect(await first.worker.stop()).toBe(0);

    // Ready: its consumers run, and one that took jobs would have begun with this one.
    const second = await startWithPage(schedule);
    await second.worker.waitForLog(
      ({ msg }) => msg === 'cleanup-expired-sessions is scheduled',
      'the schedule',
    );
    expect(await queue.isPaused()).toBe(true);
    expect(await queue.getGlobalConcurrency()).toBe(3);
    expect(await stateOf(id)).toBe('waiting');
    expect((await second.page.call('PUT', `/api/queues/${QUEUE}/resume`)).status).toBe(200);
    await becomes(id, 'completed');
    expect(await second.worker.stop()).toBe(0);
  });
});

test('while Redis is away a page that has shown a flow says so, and nothing raw is on the console', async () => {
  const port = await freePort();
  const dir = join(scratchFolder(), 'redis');
  const redis = await startRedis({ dir, port });
  const env = { REDIS_URL: redis.url, READINESS_CRITICAL: 'postgres' };
  const { worker, page } = await startWithPage(env);
  // A flow makes Bull Board open one more object of BullMQ.
  const added = openQueue({ ...environment.env, ...env });
  const { id } = await added.add(QUEUE, {}, { attempts: 1 });
  await added.close();
  expect((await page.call('GET', `/api/queues/${QUEUE}/${id}/flow`)).status).toBe(200);
  await redis.stop();
  await worker.waitForLog(
    ({ msg }) => msg === 'redis is not available (queue-page): trying again',
    'the outage',
  );
  expect((await page.call('GET', '/api/queues')).status).toBe(503);
  await expectPageBack(worker, page, await startRedis({ dir, port }));
});
