import { defineQueue } from '@kubernest/queue';
import { z } from 'zod';

/** One job is one run of the cleanup; another one at the same time finds the lock taken and is done at once. */
export const sessionCleanupQueue = defineQueue({
  name: 'session-cleanup',
  payload: z.strictObject({}),
  attempts: 5,
  backoffMs: 5_000,
  keepCompleted: 100,
  keepFailed: 100,
});
