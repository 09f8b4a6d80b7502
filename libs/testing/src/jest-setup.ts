import { startTestServers, type TestServers } from './test-servers';

/** What globalSetup leaves for globalTeardown, which Jest runs in the same process. */
export const running = globalThis as { kubernestTestServers?: TestServers };

/** Jest's globalSetup: the servers of this run, unless the run around it (`npm test`) has started them. */
export default async function startServers(): Promise<void> {
  if (process.env['TEST_DATABASE_URL'] && process.env['TEST_REDIS_URL']) return;
  running.kubernestTestServers = await startTestServers();
  Object.assign(process.env, running.kubernestTestServers.env);
}
