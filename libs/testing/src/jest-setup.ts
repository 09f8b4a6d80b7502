import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startTestServers, type TestServers } from './test-servers';
import { workspace } from './workspace';

/** What globalSetup leaves for globalTeardown, which Jest runs in the same process. */
export const running = globalThis as { testServers?: TestServers };

/** Jest's globalSetup: the servers of this run, unless the run around it (`npm test`) has started them. */
export default async function startServers(): Promise<void> {
  // Where Jest writes its results; it does not make the folder itself.
  mkdirSync(join(workspace, 'dist/test-results'), { recursive: true });
  if (process.env['TEST_DATABASE_URL'] && process.env['TEST_REDIS_URL']) return;
  running.testServers = await startTestServers();
  Object.assign(process.env, running.testServers.env);
}
