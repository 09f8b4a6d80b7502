import type { Closer } from './lifecycle';

export interface StepOutcome {
  /** What was still closing when the time was over. */
  late: string[];
  failed: { name: string; error: unknown }[];
}

/** Closes what one step holds, side by side. Never rejects: one that fails or hangs does not keep the next step from its turn. */
export async function closeStep(closers: readonly Closer[], timeoutMs: number): Promise<StepOutcome> {
  const open = new Set(closers.map(({ name }) => name));
  const failed: StepOutcome['failed'] = [];
  const closing = closers.map(async ({ name, close }) => {
    try {
      await close(timeoutMs);
    } catch (error) {
      failed.push({ name, error });
    }
    open.delete(name);
  });
  await settledWithin(timeoutMs, Promise.all(closing));
  return { late: [...open], failed: [...failed] };
}

async function settledWithin(timeoutMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, timeoutMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
