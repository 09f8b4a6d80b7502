import { Agent } from 'node:http';
import { nowMs } from '../journal';
import { exchange, type Answer, type Call } from './exchange';
import type { Kind, LoadPlan, RequestRecord } from './load-plan';

const PASSWORD = 'correct horse battery staple';
/** Just below the default of HTTP_BODY_LIMIT_BYTES. JSON allows white space between its tokens. */
const LARGE_BYTES = 1_000_000;
/** Keeps one connection. While that is busy it opens others, and closes them after use: no request waits for another one. */
const KEEP_ALIVE = { keepAlive: true, maxFreeSockets: 1 } as const;

type Route = Pick<Call, 'method' | 'path' | 'expected'>;
const CURRENT: Route = { method: 'GET', path: '/v1/sessions/current', expected: 200 };
const LIST: Route = { method: 'GET', path: '/v1/sessions', expected: 200 };
const SIGN_IN: Route = { method: 'POST', path: '/v1/sessions', expected: 201 };
const REGISTER: Route = { method: 'POST', path: '/v1/accounts', expected: 201 };
const SIGN_OUT: Route = { method: 'DELETE', path: '/v1/sessions/current', expected: 204 };

/** The people at the other end: they hold tokens, sign in and out, and remember what was promised to them. */
export class Clients {
  /** Addresses whose registration was answered with 201. */
  readonly registered: string[] = [];
  private readonly agents: Agent[];
  private readonly tokens: string[] = [];
  /** Of sessions that are there to be ended. */
  private readonly spare: string[] = [];
  private sent = 0;
  private turn = 0;
  private readonly sentOf = new Map<Kind, number>();
  private registrations = 0;

  constructor(
    private readonly plan: LoadPlan,
    private readonly record: (record: RequestRecord) => void,
  ) {
    this.agents = Array.from({ length: plan.keepAliveClients }, () => new Agent(KEEP_ALIVE));
  }

  /** Accounts and sessions to begin with. @throws Error when the API does not give them */
  async join(): Promise<void> {
    for (let account = 0; account < this.plan.accounts; account++) {
      const { outcome, detail } = await this.register({});
      if (outcome !== 'ok') throw new Error(`Registering was answered with ${detail ?? outcome}`);
      await this.signIn(this.tokens, account);
    }
    for (let account = 0; account < this.plan.accounts; account++) await this.signIn(this.spare, account);
    if (this.tokens.length < this.plan.accounts) throw new Error('Signing in failed');
  }

  /** @param atMs when it was to be sent */
  async send(kind: Kind, atMs: number): Promise<void> {
    this.sent++;
    const nth = (this.sentOf.get(kind) ?? 0) + 1;
    this.sentOf.set(kind, nth);
    const keptAlive = nth % 2 === 0;
    if (kind === 'slow' && keptAlive) return this.sendSlowOnUsedConnection(atMs);
    const agent = keptAlive ? this.agents[this.turn++ % this.agents.length] : undefined;
    const { outcome, detail } = await this.ask(kind, { agent });
    this.note(kind, atMs, keptAlive, { outcome, ...(detail !== undefined && { detail }) });
  }

  close(): void {
    for (const agent of this.agents) agent.destroy();
  }

  /** A slow request blocks its connection, so it has one of its own, that has just served another request. */
  private async sendSlowOnUsedConnection(atMs: number): Promise<void> {
    const agent = new Agent(KEEP_ALIVE);
    const first = await this.ask('current', { agent });
    this.note('current', atMs, true, first);
    const sentAtMs = nowMs();
    this.note('slow', sentAtMs, true, await this.ask('slow', { agent }));
    agent.destroy();
  }

  private ask(kind: Kind, { agent }: { agent: Agent | undefined }): Promise<Answer> {
    const token = this.tokens[this.sent % this.tokens.length];
    const { port, slowMs, largeMs } = this.plan;
    switch (kind) {
      case 'current':
        return exchange({ port, agent, token, ...CURRENT });
      case 'list':
        return exchange({ port, agent, token, ...LIST });
      case 'sign in':
        return this.signIn(this.spare, this.sent % this.plan.accounts, { agent });
      case 'register':
        return this.register({ agent });
      case 'sign out':
        return this.signOut(agent);
      case 'slow':
        return this.register({ agent, uploadMs: slowMs });
      case 'large':
        return this.signIn(
          this.spare,
          this.sent % this.plan.accounts,
          { agent, uploadMs: largeMs },
          LARGE_BYTES,
        );
    }
  }

  private async register(how: Pick<Call, 'agent' | 'uploadMs'>): Promise<Answer> {
    const email = emailOf(this.registrations++);
    const body = JSON.stringify({ email, password: PASSWORD });
    const answer = await exchange({ port: this.plan.port, ...how, ...REGISTER, body });
    if (answer.outcome === 'ok') this.registered.push(email);
    return answer;
  }

  private async signIn(
    tokens: string[],
    account: number,
    how: Pick<Call, 'agent' | 'uploadMs'> = {},
    bytes = 0,
  ): Promise<Answer> {
    const body = JSON.stringify({ email: emailOf(account), password: PASSWORD });
    const padded = body.replace('{', `{${' '.repeat(Math.max(bytes - body.length, 0))}`);
    const answer = await exchange({ port: this.plan.port, ...how, ...SIGN_IN, body: padded });
    if (answer.outcome === 'ok') tokens.push((JSON.parse(answer.body) as { token: string }).token);
    return answer;
  }

  /** Needs a session to end; while there is none, one is begun. */
  private signOut(agent: Agent | undefined): Promise<Answer> {
    const token = this.spare.shift();
    if (token === undefined) return this.signIn(this.spare, this.sent % this.plan.accounts, { agent });
    return exchange({ port: this.plan.port, agent, token, ...SIGN_OUT });
  }

  private note(
    kind: Kind,
    atMs: number,
    keptAlive: boolean,
    { outcome, detail }: Pick<Answer, 'outcome' | 'detail'>,
  ): void {
    const ms = nowMs() - atMs;
    this.record({ atMs, kind, keptAlive, ms, outcome, ...(detail !== undefined && { detail }) });
  }
}

function emailOf(account: number): string {
  return `load-${account}@example.org`;
}
