import type { Agent } from 'node:http';
import { exchange, type Answer, type Call } from '../exchange';
import type { LoadPlan } from '../load-plan';
import type { People, Traffic } from '../traffic';
import { missingAccounts } from './missing-accounts';

const ACCOUNTS = 4;
const PASSWORD = 'correct horse battery staple';
/** Just below the default of HTTP_BODY_LIMIT_BYTES. JSON allows white space between its tokens. */
const LARGE_BYTES = 1_000_000;
const UNLIMITED = '1000000';

type Route = Pick<Call, 'method' | 'path' | 'expected'>;
const CURRENT: Route = { method: 'GET', path: '/v1/sessions/current', expected: 200 };
const LIST: Route = { method: 'GET', path: '/v1/sessions', expected: 200 };
const SIGN_IN: Route = { method: 'POST', path: '/v1/sessions', expected: 201 };
const REGISTER: Route = { method: 'POST', path: '/v1/accounts', expected: 201 };
const SIGN_OUT: Route = { method: 'DELETE', path: '/v1/sessions/current', expected: 204 };

export const SESSIONS: Traffic = {
  shares: {
    current: 0.61,
    list: 0.16,
    'sign in': 0.05,
    register: 0.04,
    'sign out': 0.05,
    slow: 0.05,
    large: 0.04,
  },
  settings: () => ({
    // All clients have one address here.
    SIGN_IN_LIMIT_PER_ADDRESS: UNLIMITED,
    SIGN_IN_LIMIT_PER_ACCOUNT: UNLIMITED,
  }),
  people: (plan) => new AccountHolders(plan),
  missing: missingAccounts,
};

/** They hold tokens, sign in and out, and remember what was promised to them. */
class AccountHolders implements People {
  /** Addresses whose registration was answered with 201. */
  readonly confirmed: string[] = [];
  private readonly tokens: string[] = [];
  /** Of sessions that are there to be ended. */
  private readonly spare: string[] = [];
  private asked = 0;
  private registrations = 0;

  constructor(private readonly plan: LoadPlan) {}

  /** Accounts and sessions. */
  async join(): Promise<void> {
    for (let account = 0; account < ACCOUNTS; account++) {
      const { outcome, detail } = await this.register({});
      if (outcome !== 'ok') throw new Error(`Registering was answered with ${detail ?? outcome}`);
      await this.signIn(this.tokens, account);
    }
    for (let account = 0; account < ACCOUNTS; account++) await this.signIn(this.spare, account);
    if (this.tokens.length < ACCOUNTS) throw new Error('Signing in failed');
  }

  ask(kind: string, agent: Agent | undefined): Promise<Answer> {
    this.asked++;
    const token = this.tokens[this.asked % this.tokens.length];
    const { port, slowMs, largeMs } = this.plan;
    const uploaded = { agent, uploadMs: largeMs };
    switch (kind) {
      case 'list':
        return exchange({ port, agent, token, ...LIST });
      case 'sign in':
        return this.signIn(this.spare, this.asked % ACCOUNTS, { agent });
      case 'register':
        return this.register({ agent });
      case 'sign out':
        return this.signOut(agent);
      case 'slow':
        return this.register({ agent, uploadMs: slowMs });
      case 'large':
        return this.signIn(this.spare, this.asked % ACCOUNTS, uploaded, LARGE_BYTES);
      default:
        return exchange({ port, agent, token, ...CURRENT });
    }
  }

  private async register(how: Pick<Call, 'agent' | 'uploadMs'>): Promise<Answer> {
    const email = emailOf(this.registrations++);
    const body = JSON.stringify({ email, password: PASSWORD });
    const answer = await exchange({ port: this.plan.port, ...how, ...REGISTER, body });
    if (answer.outcome === 'ok') this.confirmed.push(email);
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
    if (token === undefined) return this.signIn(this.spare, this.asked % ACCOUNTS, { agent });
    return exchange({ port: this.plan.port, agent, token, ...SIGN_OUT });
  }
}

function emailOf(account: number): string {
  return `load-${account}@example.org`;
}
