import { randomUUID } from 'node:crypto';
import { ApiClient, Call, SignedIn } from './api-client';
import type { RunningApp } from './running-app';

export interface NotedRequest {
  method: string;
  /** As its line in the log is to name it. */
  route: string;
  status: number;
  accountId?: string;
}

export const ACCOUNTS = '/v1/accounts';
export const SESSIONS = '/v1/sessions';

/** Sends requests with ids of its own, and keeps in mind what the log has to say of each, and what it may not repeat. */
export class NotedRequests {
  readonly byId = new Map<string, NotedRequest>();
  readonly secrets: string[] = [];
  private readonly client: ApiClient;

  constructor(api: RunningApp) {
    this.client = new ApiClient(api);
  }

  /** @returns its id */
  note(request: NotedRequest): string {
    const id = randomUUID();
    this.byId.set(id, request);
    return id;
  }

  /** @throws Error unless it is answered with the status that was noted */
  async send(request: NotedRequest, path: string, call: Call = {}): Promise<SignedIn & { id: string }> {
    const headers = { ...call.headers, 'x-request-id': this.note(request) };
    const answer = await this.client.call<SignedIn & { id: string }>(request.method, path, {
      ...call,
      headers,
    });
    if (answer.status !== request.status)
      throw new Error(`${request.method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async join(email: string, password: string) {
    const body = { email, password };
    this.secrets.push(email, password);
    const { id: accountId } = await this.send({ method: 'POST', route: ACCOUNTS, status: 201 }, ACCOUNTS, {
      body,
    });
    const signIn = { method: 'POST', route: SESSIONS, status: 201 };
    const { token, session } = await this.send(signIn, SESSIONS, { body });
    this.secrets.push(token);
    return { body, accountId, token, session };
  }
}
