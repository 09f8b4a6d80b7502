import { RunningServer, waitFor } from '@kubernest/testing';
import type { RunningApp } from './running-app';

export const USER = 'operator';
export const QUEUE_PAGE_PASSWORD = 'a password of the operators';

/** For a worker with a page, on a free port. */
export const queuePageEnvironment = { QUEUE_PAGE_PORT: '0', QUEUE_PAGE_PASSWORD };

/** The page of a worker, as a program calls it. */
export class QueuePageClient {
  private constructor(readonly url: string) {}

  static async of(worker: RunningApp): Promise<QueuePageClient> {
    const line = await worker.waitForLog(({ msg }) => msg === 'queue page served', 'the queue page');
    return new QueuePageClient(String(line['url']));
  }

  call(
    method: string,
    path: string,
    { password, headers }: { password?: string; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    const credentials = Buffer.from(`${USER}:${password ?? QUEUE_PAGE_PASSWORD}`).toString('base64');
    return fetch(`${this.url}${path}`, {
      method,
      headers: { authorization: `Basic ${credentials}`, ...headers },
    });
  }
}

/** Once Redis is back the page is, too; and to its end the worker has put nothing but lines of its log on the console. */
export async function expectPageBack(
  worker: RunningApp,
  page: QueuePageClient,
  redis: RunningServer,
): Promise<void> {
  await waitFor(async () => (await page.call('GET', '/api/queues')).status === 200, {
    timeoutMs: 15_000,
    message: 'the page to be back',
  });
  await redis.stop();
  expect(await worker.stop()).toBe(0);
  const lines = worker.output.trim().split('\n');
  expect(lines.filter((line) => !line.startsWith('{"level":'))).toEqual([]);
}
