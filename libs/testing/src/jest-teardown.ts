import { running } from './jest-setup';

/** Jest's globalTeardown: ends what globalSetup started. */
export default async function stopServers(): Promise<void> {
  await running.testServers?.stop();
}
