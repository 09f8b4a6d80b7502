import { waitFor } from '@kubernest/testing';
import type { RunningApp } from './running-app';

/** Settings with which the sockets that an app may have at rest are few, and those of clients are let go soon. */
export const COUNTABLE_SOCKETS = { DATABASE_POOL_MAX: '2', HTTP_KEEP_ALIVE_TIMEOUT_MS: '4000' };

/** Two to Postgres, one to Redis, and the one that asks. */
const AT_REST = 4;

export async function expectNoLeakedSocket(app: RunningApp): Promise<void> {
  let sockets = Number.NaN;
  await waitFor(async () => (sockets = await app.sockets()) <= AT_REST, {
    timeoutMs: 25_000,
    message: 'every connection of a client to be gone',
  }).catch((error: unknown) => {
    throw new Error(`${sockets} sockets, of which ${AT_REST} are accounted for`, { cause: error });
  });
}
