import { waitFor } from '@kubernest/testing';
import type { TestWorker } from './worker.fixture';

export async function ready({ lifecycle }: TestWorker): Promise<void> {
  await waitFor(async () => (await Promise.all(lifecycle.checks.map(({ run }) => run()))).length > 0, {
    timeoutMs: 5_000,
    message: 'every readiness check to pass',
  });
}
