import { randomBytes } from 'node:crypto';

export interface TestRedis {
  url: string;
  /** Nobody else's keys begin with it. */
  prefix: string;
}

/**
 * A fresh key prefix on the run's Redis.
 *
 * @throws Error when no test run has set `TEST_REDIS_URL`
 */
export function testRedis(): TestRedis {
  const url = process.env['TEST_REDIS_URL'];
  if (!url) throw new Error('TEST_REDIS_URL is not set: run this through npm test, nx test or jest');
  return { url, prefix: `test-${randomBytes(8).toString('hex')}` };
}
