import { setTimeout as wait } from 'node:timers/promises';
import type { RunningApp } from '../support/running-app';

interface Answer {
  atMs: number;
  status: number | undefined;
  /** Of readiness: what failed. */
  failed: string[];
}

const EVERY_MS = 200;
/** As in deploy/base: `timeoutSeconds` of the liveness probe is 5, of the readiness probe 3; less shows more. */
const TIMEOUT_MS = 2_000;

/** Asks the probes of one process again and again, as a kubelet does, only more often. */
export class Watch {
  readonly live: Answer[] = [];
  readonly ready: Answer[] = [];
  private readonly stopping = new AbortController();
  private readonly loops: Promise<unknown>;

  constructor(private readonly app: RunningApp) {
    this.loops = Promise.all([this.loop('live', this.live), this.loop('ready', this.ready)]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.loops;
  }

  /** `200`, or each other answer that there was between the two moments. */
  liveness(fromMs: number, toMs = Infinity): string {
    const statuses = new Set(between(this.live, fromMs, toMs).map(({ status }) => status ?? 'no answer'));
    return [...statuses].sort().join(', ');
  }

  /** `200`, or `503:` and what failed at some time between the two moments. */
  readiness(fromMs: number, toMs: number): string {
    const answers = between(this.ready, fromMs, toMs);
    if (answers.every(({ status }) => status === 200)) return '200';
    const odd = answers.filter(({ status }) => status !== 200 && status !== 503);
    if (odd.length > 0)
      return (
        odd
          .map(({ status }) => status ?? 'no answer')
          .at(-1)
          ?.toString() ?? ''
      );
    return `503: ${[...new Set(answers.flatMap(({ failed }) => failed))].sort().join(', ')}`;
  }

  readySince(ms: number): boolean {
    return this.ready.some(({ atMs, status }) => atMs >= ms && status === 200);
  }

  private async loop(name: 'live' | 'ready', answers: Answer[]): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const atMs = performance.now();
      answers.push({ atMs, ...(await this.ask(name)) });
      await wait(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private async ask(name: string): Promise<Omit<Answer, 'atMs'>> {
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(`${this.app.url}/health/${name}`, { signal });
      const { failed = [] } = (await response.json()) as { failed?: string[] };
      return { status: response.status, failed };
    } catch {
      return { status: undefined, failed: [] };
    }
  }
}

function between(answers: Answer[], fromMs: number, toMs: number): Answer[] {
  return answers.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}
