import { testRedis } from './test-redis';

it('gives every caller a prefix of its own on the same server', () => {
  const [first, second] = [testRedis(), testRedis()];
  expect(first.url).toBe(second.url);
  expect(first.prefix).not.toBe(second.prefix);
});

it('says how to run tests when no run has started a server', () => {
  const { TEST_REDIS_URL: url } = process.env;
  delete process.env['TEST_REDIS_URL'];
  try {
    expect(() => testRedis()).toThrow('TEST_REDIS_URL is not set: run this through npm test');
  } finally {
    process.env['TEST_REDIS_URL'] = url;
  }
});
