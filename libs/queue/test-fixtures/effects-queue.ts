import { z } from 'zod';
import { defineQueue } from '../src';

export interface Effect {
  durationMs: number;
  /** At SIGTERM: hand the job back, or finish it. */
  handsBack: boolean;
  fails?: boolean | undefined;
}

export const LOCK_MS = 1_000;

/** Jobs that each add a row to the table `effect`, at their end. Their lock is shorter than the longest of them. */
export const effectsQueue = defineQueue<Effect>({
  name: 'effects',
  payload: z.strictObject({
    durationMs: z.number(),
    handsBack: z.boolean(),
    fails: z.boolean().optional(),
  }),
  attempts: 1,
  backoffMs: 1,
  keepCompleted: 5_000,
  keepFailed: 5_000,
  concurrency: 4,
  lockMs: LOCK_MS,
});

export const CREATE_EFFECT = 'CREATE TABLE effect (job text NOT NULL, pid int NOT NULL)';
