import { waitFor } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { ApiClient, Call } from './api-client';
import type { LogLine, RunningApp } from './running-app';

export interface NotedRequest {
  method: string;
  /** As its line in the log is to name it. */
  route: string;
  status: number;
  accountId?: string;
}

/** Sends requests with ids of its own, and keeps in mind what the log has to say of each. */
export class NotedRequests {
  readonly byId = new Map<string, NotedRequest>();
  private readonly client: ApiClient;

  constructor(private readonly api: RunningApp) {
    this.client = new ApiClient(api);
  }

  /** @returns its id */
  note(request: NotedRequest): string {
    const id = randomUUID();
    this.byId.set(id, request);
    return id;
  }

  /** @throws Error unless it is answered with the status that was noted */
  async send<Body>(request: NotedRequest, path: string, call: Call = {}): Promise<Body> {
    const headers = { ...call.headers, 'x-request-id': this.note(request) };
    const answer = await this.client.call<Body>(request.method, path, { ...call, headers });
    if (answer.status !== request.status)
      throw new Error(`${request.method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  /** Every one of them has a line of its own in the log, and nothing else has. */
  async expectOneLineEach(): Promise<void> {
    const lines = await waitFor(() => this.linesOfAll(), {
      timeoutMs: 10_000,
      message: 'a line for each request',
    });
    for (const [requestId, noted] of this.byId)
      expect(lines.filter((line) => line['requestId'] === requestId)).toEqual([
        {
          level: 'info',
          time: expect.any(String) as string,
          service: 'api',
          context: 'Request',
          msg: noted.status === 499 ? 'request aborted by the client' : 'request',
          requestId,
          durationMs: expect.any(Number) as number,
          ...noted,
        },
      ]);
    expect(lines).toHaveLength(this.byId.size);
  }

  private linesOfAll(): LogLine[] | undefined {
    const lines = this.api.logs.filter(
      ({ context, route }) => context === 'Request' && !String(route).startsWith('/health/'),
    );
    return lines.length >= this.byId.size ? lines : undefined;
  }
}
