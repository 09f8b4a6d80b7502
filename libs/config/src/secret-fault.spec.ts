import fc from 'fast-check';
import { composeVariables, ConfigError, defineVariables, loadConfig, text, url } from '.';

const about = 'For a test.';
const set = composeVariables(
  defineVariables({
    KEY: { about, schema: text(), secret: true, minSecretBytes: 32 },
    STORE_URL: { about, schema: url(['postgres']), secret: true },
    NOTE: { about, schema: text(), default: 'change-me' },
  }),
);
const GOOD_KEY = '5f0c1ab2c37c9e0ad6f0b4d2e8a19c7735e1b6a9';
const GOOD_URL = 'postgres://app:kT7-pQz%40v2@db:5432/app';

function load(env: Record<string, string>): string[] {
  try {
    loadConfig(set, { NODE_ENV: 'production', KEY: GOOD_KEY, STORE_URL: GOOD_URL, ...env });
    return [];
  } catch (error) {
    return [...(error as ConfigError).faults];
  }
}

describe('production', () => {
  test('takes good secrets, and does not mind what is no secret', () => {
    expect(load({})).toEqual([]);
  });

  test.each([
    'change-me-for-32-bytes-from-openssl-rand',
    'CHANGEME_CHANGEME_CHANGEME_CHANGEME',
    'please replace this with a long secret',
    'your-secret-key-goes-here-0123456789',
    'this-is-not-a-secret-0123456789abcdef',
    'development-only-0123456789abcdefghijk',
    '<a random string of 32 characters here>',
    'x'.repeat(40),
  ])('refuses the placeholder %j', (KEY) => {
    expect(load({ KEY })).toEqual(['KEY is a placeholder: production needs a value of its own']);
  });

  test.each(['${TOKEN_SECRET}', 'a-$(DATABASE_PASSWORD)-0123456789abcdef', '{{ .Values.tokenSecret }}'])(
    'refuses %j, which nothing has filled in',
    (KEY) => {
      expect(load({ KEY })).toEqual(['KEY is a template that nothing has filled in']);
    },
  );

  test('refuses a secret that is too short, counted in bytes', () => {
    const fault = expect.stringMatching(/^KEY is too short for production: at least 32 bytes/) as string;
    expect(load({ KEY: GOOD_KEY.slice(0, 31) })).toEqual([fault]);
    expect(load({ KEY: GOOD_KEY.slice(0, 32) })).toEqual([]);
    expect(load({ KEY: 'äöüÄÖÜßéèêçñabcdefgh' })).toEqual([]);
  });

  test.each([
    '0'.repeat(64),
    '0123'.repeat(16),
    'passwordpasswordpasswordpassword',
    'abcdefghijklm'.repeat(3),
    '01101001100101101001011001101001100101',
  ])('refuses the uniform %j', (KEY) => {
    expect(load({ KEY })).toEqual([expect.stringMatching(/^KEY is too uniform for production/)]);
  });

  test('takes whatever a generator of random secrets makes', () => {
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 64 }).filter((array) => new Set(array).size > 20);
    fc.assert(
      fc.property(bytes, fc.constantFrom('hex', 'base64', 'base64url'), (array, encoding) => {
        const KEY = Buffer.from(array).toString(encoding);
        expect(load({ KEY })).toEqual([]);
      }),
    );
  });

  test.each([
    ['a placeholder', 'change-me', 'is a placeholder: production needs a value of its own'],
    ['an escaped placeholder', 'change%2Dme', 'is a placeholder: production needs a value of its own'],
    ['a template', '$(PGPASSWORD)', 'is a template that nothing has filled in'],
    [
      'one that everybody knows',
      'postgres',
      'is a password that everybody knows: production needs one of its own',
    ],
    [
      'one that everybody knows',
      'Password123!',
      'is a password that everybody knows: production needs one of its own',
    ],
  ])('refuses a connection URL whose password is %s', (_what, password, fault) => {
    expect(load({ STORE_URL: `postgres://app:${password}@db/app` })).toEqual([`STORE_URL ${fault}`]);
  });

  test.each([
    ['whose host reads like a placeholder', 'postgres://app:kT7pQzv2@placeholder.change-me/your-db'],
    ['without a password', 'postgres://app@db/app'],
    ['whose password is not well escaped', 'postgres://app:100%real@db/app'],
  ])('takes a connection URL %s', (_what, STORE_URL) => {
    expect(load({ STORE_URL })).toEqual([]);
  });

  test('is what NODE_ENV is when it is not set, empty, or none of the known ones', () => {
    const weak = 'KEY is a placeholder: production needs a value of its own';
    const KEY = 'change-me';
    expect(() => loadConfig(set, { KEY, STORE_URL: GOOD_URL })).toThrow(weak);
    expect(load({ KEY, NODE_ENV: '' })).toEqual([weak]);
    expect(load({ KEY, NODE_ENV: 'prod' })).toEqual([
      'NODE_ENV must be one of development, test, production',
      weak,
    ]);
  });
});

test.each(['development', 'test'])('%s takes placeholders and short secrets', (NODE_ENV) => {
  expect(load({ NODE_ENV, KEY: 'change-me', STORE_URL: 'postgres://app:change-me@db/app' })).toEqual([]);
});
