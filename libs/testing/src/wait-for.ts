import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  timeoutMs: number;
  /** What is awaited, for the error: "the worker to take the job". */
  message: string;
  intervalMs?: number;
}

/**
 * Asks again and again until `condition` gives something truthy, and returns that. A condition that throws has not come true yet.
 *
 * @throws Error with `message` once `timeoutMs` has passed; its `cause` is what the condition threw last
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs, message, intervalMs = 20 }: WaitOptions,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let cause: unknown;
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      cause = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`Waited ${timeoutMs} ms in vain for ${message}`, { cause });
    }
    await delay(intervalMs);
  }
}
