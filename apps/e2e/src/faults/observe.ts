import { waitFor } from '@kubernest/testing';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { answersTo, logOf, workerOf } from './cells';
import { connections, leaks } from './connections';
import type { Fault, Finding } from './finding';
import { LONG } from './length';
import { LogMark } from './logs';
import type { Stage } from './stage';
import { Traffic } from './traffic';
import { Watch } from './watch';

interface Episode {
  beganMs: number;
  settledMs: number;
  endingMs: number;
  backMs: number;
  worker: string;
}

/** Of the issue: all is as before within this time after what was away is back. */
export const RECOVERY_MS = 5_000;
/** So that a slow recovery is measured, not only missed. */
export const PATIENCE_MS = 20_000;
/** By then trust in copies has ended and nothing is under way that began before. */
const SETTLED_MS = 1_500;
const HOLD_MS = LONG ? 20_000 : 2_000;

/** Lets faults happen to a stage, one after the other, under steady traffic, in processes that live through all of them. */
export class Observer {
  private readonly watches: { api: Watch; worker: Watch };

  private constructor(
    private readonly stage: Stage,
    private readonly traffic: Traffic,
  ) {
    this.watches = { api: new Watch(stage.api), worker: new Watch(stage.worker) };
  }

  static async of(stage: Stage): Promise<Observer> {
    await stage.startApps();
    await Promise.all([stage.api.ready(), stage.worker.ready()]);
    return new Observer(stage, await new Traffic(stage.api).start());
  }

  async stop(): Promise<void> {
    await this.traffic.stop();
    await Promise.all([this.watches.api.stop(), this.watches.worker.stop()]);
  }

  async observe(fault: Fault): Promise<Finding> {
    const { stage, traffic } = this;
    await traffic.servedSince(performance.now(), PATIENCE_MS);
    await this.cleansUp();
    const before = await connections(stage);
    const logs = { api: new LogMark(stage.api), worker: new LogMark(stage.worker) };
    const episode = await this.happen(fault, logs.worker);
    const back = await this.recovery(episode.backMs);
    const violations = [
      ...this.wrongSince(episode.beganMs),
      ...(back.afterMs > RECOVERY_MS ? [`back only after ${Math.round(back.afterMs)} ms: ${back.last}`] : []),
      ...(await leaks(stage, before)),
      ...(await traffic.broken()),
      ...(await this.wrongAccounts()),
      ...[...logs.api.faults(), ...logs.worker.faults()].map((line) => `in the log: ${line}`),
    ];
    const log = logOf(fault, [...logs.api.known(), ...logs.worker.known()]);
    return { ...this.seen(fault, episode), log, backAfterMs: back.afterMs, violations };
  }

  private async happen(fault: Fault, workerLog: LogMark): Promise<Episode> {
    const beganMs = performance.now();
    const end = await fault.begin(this.stage);
    const settledMs = performance.now() + SETTLED_MS;
    const settled = Date.now() + SETTLED_MS;
    try {
      if (!fault.brief) await this.hold(settledMs);
    } catch (error) {
      await end();
      throw error;
    }
    const worker = workerOf(workerLog, settled);
    const endingMs = performance.now();
    await end();
    return { beganMs, settledMs, endingMs, backMs: performance.now(), worker };
  }

  private seen(fault: Fault, { beganMs, settledMs, endingMs, worker }: Episode) {
    const { api } = this.watches;
    const all = this.traffic.since(beganMs);
    const calm = this.traffic.since(settledMs).filter(({ sentAtMs, tookMs }) => sentAtMs + tookMs < endingMs);
    return {
      fault: fault.name,
      liveness: this.liveness(beganMs),
      readiness: fault.brief ? 'a moment' : api.readiness(settledMs, endingMs),
      answers: answersTo(fault, all, calm),
      worker: fault.brief ? 'goes on' : worker,
      slowestMs: Math.max(...this.traffic.since(beganMs - SETTLED_MS).map(({ tookMs }) => tookMs)),
    };
  }

  private liveness(sinceMs: number): string {
    const { api, worker } = this.watches;
    return [...new Set([api.liveness(sinceMs), worker.liveness(sinceMs)])].join('; ');
  }

  /** Until there are answers enough to speak of. */
  private async hold(settledMs: number): Promise<void> {
    await wait(settledMs + HOLD_MS - performance.now());
    await this.traffic.answeredSince(settledMs, PATIENCE_MS);
  }

  private async recovery(backMs: number): Promise<{ afterMs: number; last: string }> {
    const { traffic, watches } = this;
    const options = (message: string) => ({ timeoutMs: PATIENCE_MS, message });
    const parts: Record<string, Promise<unknown>> = {
      'every kind of request': traffic.servedSince(backMs, PATIENCE_MS),
      'readiness of the api': waitFor(() => watches.api.readySince(backMs), options('the api to be ready')),
      'readiness of the worker': waitFor(
        () => watches.worker.readySince(backMs),
        options('the worker to be ready'),
      ),
      'the cleanup': this.cleansUp(),
    };
    const times = await Promise.all(
      Object.entries(parts).map(async ([what, part]) => {
        await part;
        return { last: what, afterMs: performance.now() - backMs };
      }),
    );
    return times.reduce((one, other) => (one.afterMs > other.afterMs ? one : other));
  }

  /** The worker deletes a session that has expired just now. */
  private async cleansUp(): Promise<void> {
    const { stage } = this;
    const id = randomUUID();
    await waitFor(
      () =>
        stage.sql(
          `INSERT INTO session (id, account_id, key_hash, expires_at, absolute_expires_at)
           SELECT $1, id, '\\x00', now(), now() FROM account LIMIT 1 ON CONFLICT DO NOTHING`,
          [id],
        ),
      { timeoutMs: PATIENCE_MS, message: 'a session to be inserted' },
    );
    await waitFor(async () => (await stage.sql('SELECT FROM session WHERE id = $1', [id])).length === 0, {
      timeoutMs: PATIENCE_MS,
      intervalMs: 50,
      message: 'the worker to delete an expired session',
    });
  }

  private wrongSince(ms: number): string[] {
    const wrong = this.traffic.since(ms).filter(({ outcome }) => !['served', '503'].includes(outcome));
    return wrong.map(({ kind, outcome }) => `${kind} was answered: ${outcome}`);
  }

  private async wrongAccounts(): Promise<string[]> {
    const registered = [...this.traffic.registered];
    const rows = await this.stage.sql<{ times: number }>(
      'SELECT count(*)::int AS times FROM account WHERE lower(email) = ANY($1) GROUP BY lower(email)',
      [registered],
    );
    const once = rows.filter(({ times }) => times === 1).length;
    return once === registered.length ? [] : [`of ${registered.length} accounts ${once} are there once`];
  }
}
