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
