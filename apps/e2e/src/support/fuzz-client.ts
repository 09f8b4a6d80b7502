import fc from 'fast-check';
import { dirname } from 'node:path/posix';
import { ApiClient } from './api-client';
import { ApiDescription, problemFaults } from './api-description';
import type { Environment } from './environment';
import type { FuzzedRequest, Known } from './fuzzed-request';
import { fitting } from './hostile-values';
import { fieldValues, type HttpAnswer } from './http-answer';
import { RawConnection } from './raw-connection';
import type { RunningApp } from './running-app';

/** What may be answered for a path that is no route's, and for any request that is refused before a route is found. */
const REFUSALS = [400, 404, 408, 413, 414, 415, 431];

/** Far less than HTTP_KEEP_ALIVE_TIMEOUT_MS. */
const IDLE_MAX_MS = 1_000;

/** Whose tokens requests carry. */
export interface Bearer {
  token(kind: Exclude<FuzzedRequest['token'], 'none'>): Promise<string>;
  /** The live one is so no longer. */
  ended(): void;
}

/** What a feature adds to the fuzzing. */
export interface FuzzedFeature {
  /** Of the api: what else would end the fuzzing too soon. */
  settings: NodeJS.ProcessEnv;
  /** What no log may have. */
  secrets: (environment: Environment) => string[];
  begin: (api: RunningApp, environment: Environment) => Promise<{ known: Known; bearer?: Bearer }>;
}

/** Sends fuzzed requests, over connections that it keeps as long as the app keeps them, and judges the answers. */
export class FuzzClient {
  private readonly succeeded = new Set<string>();
  private readonly idle: { connection: RawConnection; sinceMs: number }[] = [];

  constructor(
    private readonly api: RunningApp,
    private readonly description: ApiDescription,
    private readonly bearer: Bearer | undefined,
  ) {}

  /** What is wrong with the answer; nothing when it is as documented. */
  async faults(request: FuzzedRequest): Promise<string[]> {
    const answer = await this.send(request);
    if (answer.status < 300) this.succeeded.add(request.route);
    if (request.token === 'live' && (answer.status === 204 || answer.status === 401)) this.bearer?.ended();
    return this.judge(request, answer);
  }

  /** The routes that never answered with a 2xx. */
  withoutSuccess(): string[] {
    return this.description.routes.map(({ name }) => name).filter((name) => !this.succeeded.has(name));
  }

  close(): void {
    for (const { connection } of this.idle) connection.reset();
  }

  /** One of everything that can be made and then asked for by its id, past the fuzzing. @returns their ids */
  async makeOneOfEach(): Promise<string[]> {
    const client = new ApiClient(this.api);
    const ids: string[] = [];
    for (const { path } of this.description.routes.filter(({ name }) => /^GET .*\/\{id\}$/.test(name))) {
      const { name, method, path: list, requestBody } = this.description.route(`POST ${dirname(path)}`);
      const schema = requestBody?.content?.['application/json']?.schema ?? {};
      const [body] = fc.sample(fitting(schema, '', {}), 1);
      const token = await this.bearer?.token('live');
      const answer = await client.call(method, list, { ...(token !== undefined && { token }), body });
      if (answer.status !== 201) throw new Error(`${name} answered ${answer.status}`);
      ids.push(String(answer.body['id']));
    }
    return ids;
  }

  private judge(request: FuzzedRequest, answer: HttpAnswer): string[] {
    const { method } = request;
    const route = this.description.route(request.route);
    const own = method === route.method || (method === 'HEAD' && route.method === 'GET');
    if (own && (!request.tampered || String(answer.status) in route.responses))
      return this.description.faults(route, answer, method);
    const other = this.description.routes.find((r) => r.path === route.path && r.method === method);
    if (other && answer.status < 300) return this.description.faults(other, answer, method);
    // A tampered path may also be that of another route, which is then judged for itself.
    if (answer.status < 300 || answer.status === 401) return [];
    if (!REFUSALS.includes(answer.status)) return [`status ${answer.status} for what is no route`];
    return method === 'HEAD' ? [] : problemFaults(answer);
  }

  private async send(request: FuzzedRequest): Promise<HttpAnswer> {
    const bytes = await this.bytes(request);
    const connection = await this.take();
    connection.send(bytes);
    const answer = await connection.answer(request.method);
    if (fieldValues(answer, 'connection').includes('close')) await connection.untilClosed();
    else if (connection.unread) throw new Error(`more than one answer: ${JSON.stringify(connection.unread)}`);
    else this.idle.push({ connection, sinceMs: performance.now() });
    return answer;
  }

  /** Not one that the server may be about to close, as it does with idle ones. */
  private async take(): Promise<RawConnection> {
    for (let kept = this.idle.pop(); kept; kept = this.idle.pop()) {
      if (!kept.connection.closed && performance.now() - kept.sinceMs < IDLE_MAX_MS) return kept.connection;
      kept.connection.reset();
    }
    return RawConnection.open(this.api.port);
  }

  private async bytes({ method, target, headers, token, body }: FuzzedRequest): Promise<Buffer> {
    const authorization = await this.authorization(token);
    const fields = [
      ['host', 'localhost'],
      ...(authorization ? [['authorization', authorization]] : []),
      ...headers,
      ...(body ? [['content-length', String(body.length)]] : []),
    ].map(([name = '', value = '']) => `${name}: ${value}\r\n`);
    const head = Buffer.from(`${method} ${target} HTTP/1.1\r\n${fields.join('')}\r\n`, 'latin1');
    return body ? Buffer.concat([head, body]) : head;
  }

  private async authorization(token: FuzzedRequest['token']): Promise<string | undefined> {
    return token === 'none' || !this.bearer ? undefined : `Bearer ${await this.bearer.token(token)}`;
  }
}
