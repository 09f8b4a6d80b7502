import type { z } from 'zod';

export interface QueueOptions<Payload> {
  /** Also part of its keys in Redis and of its metrics' labels: kebab-case. */
  name: string;
  /** Checked when a job is added, and again when it is taken up. No secrets: operators see all of it on the queue page. */
  payload: z.ZodType<Payload>;
  /** How often a job is tried in all before it counts as failed. */
  attempts: number;
  /** Pause before the second attempt; it doubles from one attempt to the next. */
  backoffMs: number;
  /** How many finished jobs stay visible. */
  keepCompleted: number;
  /** How many failed jobs stay, for an operator to look at and to retry. */
  keepFailed: number;
  /** Jobs of this queue that one process works on at a time. */
  concurrency?: number;
  /**
   * How long a process keeps a job without a sign of life, which it gives while it lives. A job whose process was killed
   * is taken up again at the latest 15 s after that.
   */
  lockMs?: number;
}

export type QueueDefinition<Payload> = Readonly<Required<QueueOptions<Payload>>>;

const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Declares a queue, once, in the feature that owns it. */
export function defineQueue<Payload>(options: QueueOptions<Payload>): QueueDefinition<Payload> {
  if (!KEBAB_CASE.test(options.name)) throw new Error(`queue "${options.name}": its name must be kebab-case`);
  return Object.freeze({ concurrency: 1, lockMs: 15_000, ...options });
}
