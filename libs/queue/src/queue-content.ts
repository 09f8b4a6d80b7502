import type { Queue } from 'bullmq';

export interface QueueContent {
  /** Of those that have ended, the ones that are kept. */
  jobs: Record<'waiting' | 'active' | 'delayed' | 'failed' | 'completed', number>;
  /** Since the job that is next was due; 0 when none waits. */
  oldestWaitingMs: number;
}

/** Those with a priority wait, too. */
const WAITING = ['waiting', 'prioritized'] as const;

export async function contentOf(queue: Queue): Promise<QueueContent> {
  const [counts, next] = await Promise.all([
    queue.getJobCounts(...WAITING, 'active', 'delayed', 'failed', 'completed'),
    queue.getJobs([...WAITING], 0, 0, true),
  ]);
  const count = (state: string) => counts[state] ?? 0;
  const nowMs = Date.now();
  const ages = next.map(({ timestamp, opts }) => nowMs - timestamp - (opts.delay ?? 0));
  return {
    jobs: {
      waiting: WAITING.reduce((sum, state) => sum + count(state), 0),
      active: count('active'),
      delayed: count('delayed'),
      failed: count('failed'),
      completed: count('completed'),
    },
    oldestWaitingMs: Math.max(0, ...ages),
  };
}
