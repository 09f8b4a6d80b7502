import { Agent } from 'node:http';
import { nowMs } from '../journal';
import type { Answer } from './exchange';
import type { LoadPlan, RequestRecord } from './load-plan';
import { KINDS, traffic, type People } from './traffic';

/** Keeps one connection. While that is busy it opens others, and closes them after use: no request waits for another one. */
const KEEP_ALIVE = { keepAlive: true, maxFreeSockets: 1 } as const;
const [USUAL = ''] = KINDS;

/** Sends what people ask for, on new connections and on kept ones. */
export class Clients {
  readonly people: People;
  private readonly agents: Agent[];
  private turn = 0;
  private readonly sentOf = new Map<string, number>();

  constructor(
    plan: LoadPlan,
    private readonly record: (record: RequestRecord) => void,
  ) {
    this.people = traffic.people(plan);
    this.agents = Array.from({ length: plan.keepAliveClients }, () => new Agent(KEEP_ALIVE));
  }

  /** @param atMs when it was to be sent */
  async send(kind: string, atMs: number): Promise<void> {
    const nth = (this.sentOf.get(kind) ?? 0) + 1;
    this.sentOf.set(kind, nth);
    const keptAlive = nth % 2 === 0;
    if (kind === 'slow' && keptAlive) return this.sendSlowOnUsedConnection(atMs);
    const agent = keptAlive ? this.agents[this.turn++ % this.agents.length] : undefined;
    this.note(kind, atMs, keptAlive, await this.people.ask(kind, agent));
  }

  close(): void {
    for (const agent of this.agents) agent.destroy();
  }

  /** A slow request blocks its connection, so it has one of its own, that has just served another request. */
  private async sendSlowOnUsedConnection(atMs: number): Promise<void> {
    const agent = new Agent(KEEP_ALIVE);
    this.note(USUAL, atMs, true, await this.people.ask(USUAL, agent));
    const sentAtMs = nowMs();
    this.note('slow', sentAtMs, true, await this.people.ask('slow', agent));
    agent.destroy();
  }

  private note(
    kind: string,
    atMs: number,
    keptAlive: boolean,
    { outcome, detail }: Pick<Answer, 'outcome' | 'detail'>,
  ): void {
    const ms = nowMs() - atMs;
    this.record({ atMs, kind, keptAlive, ms, outcome, ...(detail !== undefined && { detail }) });
  }
}
