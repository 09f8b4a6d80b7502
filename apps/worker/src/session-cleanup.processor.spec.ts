import { HandedBackError, RunningJob } from '@kubernest/queue';
import type { CleanupOptions, CleanupResult, SessionCleanup } from '@kubernest/sessions';
import { SessionCleanupProcessor } from './session-cleanup.processor';

function jobOf(outcome: CleanupResult['outcome']) {
  const progress: object[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const run = async ({ signal, onProgress }: CleanupOptions): Promise<CleanupResult> => {
    signals.push(signal);
    await onProgress?.({ deleted: 5, batches: 1, estimated: 5 });
    return { outcome, deleted: 5, batches: 1 };
  };
  const job: RunningJob<object> = {
    id: 'one',
    payload: {},
    attempt: 1,
    signal: new AbortController().signal,
    progress: (value) => Promise.resolve(void progress.push(value)),
    lastProgress: 0,
  };
  const processing = new SessionCleanupProcessor({ run } as unknown as SessionCleanup).process(job);
  return { job, processing, progress, signals };
}

it.each(['done', 'locked'] as const)('a cleanup that is %s ends the job', async (outcome) => {
  await expect(jobOf(outcome).processing).resolves.toBeUndefined();
});

it('a cleanup that was stopped hands the job back', async () => {
  await expect(jobOf('stopped').processing).rejects.toThrow(HandedBackError);
});

it('the cleanup hears of the shutdown, and its progress is kept with the job', async () => {
  const { job, processing, progress, signals } = jobOf('done');
  await processing;
  expect(signals).toEqual([job.signal]);
  expect(progress).toEqual([{ deleted: 5, batches: 1, estimated: 5 }]);
});
