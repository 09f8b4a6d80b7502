import { waitFor } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { AccountClient, PASSWORD } from '../sessions/account-client';
import type { RunningApp } from '../support/running-app';
import { BOUND_MS } from './stage';

export const KINDS = ['who am I', 'sign in', 'register', 'sign out'] as const;
export type Kind = (typeof KINDS)[number];

/** `served`, `503` as it should be, or what is wrong with the answer. */
export interface Outcome {
  kind: Kind;
  outcome: string;
  sentAtMs: number;
  tookMs: number;
}

interface Reply {
  status: number;
  body: Record<string, unknown>;
}

const EVERY_MS = 300;
/** Less often than sign-ins, however slow those are: what is signed out must first be signed in. */
const SIGN_OUT_EVERY_MS = 900;
const STANDING = 3;
const PREPARED = 12;

/** Steady light traffic of four kinds, which remembers what it was promised. */
export class Traffic {
  readonly outcomes: Outcome[] = [];
  /** 201 to a registration. */
  readonly registered: string[] = [];
  /** Signed in and never signed out: these have to stay valid. */
  readonly standing: string[] = [];
  /** 204 to a sign-out: these must never be accepted again. */
  readonly revoked: string[] = [];
  private readonly toRevoke: string[] = [];
  private readonly email = `${randomUUID()}@example.com`;
  private readonly stopping = new AbortController();
  private loops: Promise<unknown> = Promise.resolve();

  constructor(private readonly api: Pick<RunningApp, 'url'>) {}

  async start(): Promise<this> {
    const client = new AccountClient(this.api);
    const { token } = await client.join(this.email);
    this.standing.push(token);
    for (let n = 0; n < STANDING + PREPARED; n++) {
      const { token: another } = (await client.signIn(this.email)).body;
      (n < STANDING ? this.standing : this.toRevoke).push(another);
    }
    this.loops = Promise.all([
      this.loop(() => this.whoAmI()),
      this.loop(() => this.signIn()),
      this.loop(() => this.register()),
      this.loop(() => this.signOut(), SIGN_OUT_EVERY_MS),
    ]);
    return this;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loops;
  }

  since(ms: number): Outcome[] {
    return this.outcomes.filter(({ sentAtMs }) => sentAtMs >= ms);
  }

  /** Resolves when each kind was served that was sent after `ms`. */
  async servedSince(ms: number, timeoutMs: number): Promise<void> {
    await this.every(
      (kind) => this.since(ms).some((one) => one.kind === kind && one.outcome === 'served'),
      ms,
      timeoutMs,
    );
  }

  /** Resolves when each kind was answered twice that was sent after `ms`. */
  async answeredSince(ms: number, timeoutMs: number): Promise<void> {
    await this.every((kind) => this.since(ms).filter((one) => one.kind === kind).length >= 2, ms, timeoutMs);
  }

  private async every(enough: (kind: Kind) => boolean, ms: number, timeoutMs: number): Promise<void> {
    const options = { timeoutMs, message: 'every kind of request' };
    await waitFor(() => KINDS.every(enough), options).catch((cause: unknown) => {
      const lacking = KINDS.filter((kind) => !enough(kind));
      const seen = this.since(ms).map(
        ({ kind, outcome, tookMs }) => `${kind} ${outcome} ${Math.round(tookMs)} ms`,
      );
      throw new Error(`not enough of ${lacking.join(', ')} after ${timeoutMs} ms: ${seen.join('; ')}`, {
        cause,
      });
    });
  }

  /** Tokens that are not as they were promised. */
  async broken(): Promise<string[]> {
    const status = async (token: string) =>
      (await this.send('GET', '/v1/sessions/current', { token })).status;
    const faults: string[] = [];
    for (const token of this.revoked)
      if ((await status(token)) !== 401) faults.push('a session that was signed out is accepted');
    for (const token of this.standing)
      if ((await status(token)) !== 200) faults.push('a session that was not signed out is refused');
    return faults;
  }

  private async loop(request: () => Promise<void>, everyMs = EVERY_MS): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await request();
      await wait(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  private async whoAmI(): Promise<void> {
    const token = this.standing[this.outcomes.length % this.standing.length] ?? '';
    await this.observe('who am I', 200, 'GET', '/v1/sessions/current', { token });
  }

  private async signIn(): Promise<void> {
    const body = { email: this.email, password: PASSWORD };
    const reply = await this.observe('sign in', 201, 'POST', '/v1/sessions', { body });
    if (reply?.status === 201) this.toRevoke.push(String(reply.body['token']));
  }

  private async register(): Promise<void> {
    const email = `${randomUUID()}@example.com`;
    const body = { email, password: PASSWORD };
    const reply = await this.observe('register', 201, 'POST', '/v1/accounts', { body });
    if (reply?.status === 201) this.registered.push(email);
  }

  /** One that was answered with 503 may have taken effect: it is tried again, and 401 says that it had. */
  private async signOut(): Promise<void> {
    const token = this.toRevoke.shift();
    if (token === undefined) return;
    const reply = await this.observe('sign out', 204, 'DELETE', '/v1/sessions/current', { token });
    if (reply?.status === 204) {
      this.revoked.push(token);
      const after = await this.attempt('GET', '/v1/sessions/current', { token });
      if (after.reply?.status === 200) this.note('sign out', 'not signed out after 204', performance.now());
    } else if (!this.doubted.delete(token) || reply?.status !== 401) {
      this.doubted.add(token);
      this.toRevoke.push(token);
    } else this.revoked.push(token);
  }

  private readonly doubted = new Set<string>();

  private async observe(
    kind: Kind,
    expected: number,
    method: string,
    path: string,
    call: { body?: unknown; token?: string },
  ): Promise<Reply | undefined> {
    const sentAtMs = performance.now();
    const { reply, fault } = await this.attempt(method, path, call);
    const tried = kind === 'sign out' && call.token !== undefined && this.doubted.has(call.token);
    const served = reply && (reply.status === expected || (tried && reply.status === 401));
    this.note(kind, served ? 'served' : fault, sentAtMs);
    return reply;
  }

  private note(kind: Kind, outcome: string, sentAtMs: number): void {
    this.outcomes.push({ kind, outcome, sentAtMs, tookMs: performance.now() - sentAtMs });
  }

  private async attempt(method: string, path: string, call: { body?: unknown; token?: string }) {
    try {
      const reply = await this.send(method, path, call);
      return { reply, fault: reply.fault };
    } catch (error) {
      const { name, message, cause } = error as Error & { cause?: { code?: string } };
      return {
        fault: name === 'TimeoutError' ? `no answer in ${BOUND_MS} ms` : `${message} ${cause?.code ?? ''}`,
      };
    }
  }

  private async send(method: string, path: string, { body, token }: { body?: unknown; token?: string }) {
    const response = await fetch(`${this.api.url}${path}`, {
      method,
      signal: AbortSignal.timeout(BOUND_MS),
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const { status, headers } = response;
    const reply: Reply = { status, body: (text ? JSON.parse(text) : {}) as Reply['body'] };
    return { ...reply, fault: faultOf(reply, headers) };
  }
}

/** A 503 is right when it says so in the one shape, and when to come back. */
function faultOf({ status, body }: Reply, headers: Headers): string {
  const shape = headers.get('content-type')?.startsWith('application/problem+json');
  const right = shape && body['code'] === 'unavailable' && headers.get('retry-after') !== null;
  return status === 503 && right ? '503' : `${status} ${JSON.stringify(body)}`;
}
