import fc from 'fast-check';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import {
  boolean,
  composeVariables,
  ConfigError,
  defineVariables,
  duration,
  Environment,
  integer,
  listOf,
  loadConfig,
  oneOf,
  text,
  url,
  VariableSet,
} from '.';

const about = 'For a test.';
const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
function fileWith(content: string): string {
  const file = join(folder, `secret-${++files}`);
  writeFileSync(file, content);
  return file;
}

function faultsOf<Values>(set: VariableSet<Values>, env: Environment): readonly string[] {
  try {
    loadConfig(set, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

const one = (schema: z.ZodType) => defineVariables({ X: { about, schema } });
const accepted = (schema: z.ZodType, raw: string) => loadConfig(one(schema), { X: raw }).X;
const refused = (schema: z.ZodType, raw: string) => faultsOf(one(schema), { X: raw }).length === 1;

describe('the faults of a configuration', () => {
  const set = defineVariables(
    {
      PORT: { about, schema: integer({ min: 0, max: 65_535 }), default: '3000' },
      LEVEL: { about, schema: oneOf(['info', 'warn']), default: 'info' },
      STORE_URL: { about, schema: url(['postgres']), secret: true },
      SHORT_MS: { about, schema: duration({ min: 0, max: 1000, unit: 'ms' }), default: '1' },
      LONG_MS: { about, schema: duration({ min: 0, max: 1000, unit: 'ms' }), default: '2' },
    },
    [{ holds: (values) => values.SHORT_MS < values.LONG_MS, message: 'SHORT_MS must be less than LONG_MS' }],
  );

  test('are all told at once, each by the name of its variable', () => {
    expect(faultsOf(set, { PORT: 'eighty', LEVEL: 'loud', SHORT_MS: '5' })).toEqual([
      'PORT must be an integer from 0 to 65535',
      'LEVEL must be one of info, warn',
      'STORE_URL is required: must be a URL that begins with postgres:// (or set STORE_URL_FILE)',
      'SHORT_MS must be less than LONG_MS',
    ]);
  });

  test('make one readable message that says where to look', () => {
    expect(new ConfigError(['A is wrong', 'B is wrong']).message).toBe(
      'The configuration has 2 faults:\n  A is wrong\n  B is wrong\nSee docs/configuration.md.',
    );
    expect(new ConfigError(['A is wrong']).message).toMatch(/^The configuration has 1 fault:\n/);
  });

  test('leave out a rule about a variable that has a fault of its own', () => {
    const env = { STORE_URL: 'postgres://h/d', SHORT_MS: '5', LONG_MS: 'long' };
    expect(faultsOf(set, env)).toEqual(['LONG_MS must be a whole number of milliseconds from 0 to 1000']);
  });

  test('never show a value, whatever it is', () => {
    const secret = defineVariables({
      KEY: { about, schema: text({ min: 32, max: 64 }), secret: true, minSecretBytes: 32 },
      NUMBER: { about, schema: integer({ min: 1, max: 9 }) },
      CHOICE: { about, schema: oneOf(['alpha', 'beta']) },
      FLAG: { about, schema: boolean() },
      LIST: { about, schema: listOf(['postgres', 'redis']) },
      LINK_URL: { about, schema: url(['redis', 'rediss']) },
    });
    const name = fc.constantFrom('KEY', 'NUMBER', 'CHOICE', 'FLAG', 'LIST', 'LINK_URL');
    const message = (key: string, value: string) =>
      faultsOf(secret, { [key]: value }).filter((fault) => fault.startsWith(key))[0];
    fc.assert(
      fc.property(name, fc.string({ minLength: 1, maxLength: 40 }), (key, value) => {
        const fault = message(key, value);
        if (fault === undefined) return;
        // The same words for every value that is refused, so that none can be in them.
        expect(fault).toBe(message(key, '\u0000'));
      }),
      { numRuns: 500 },
    );
  });

  test('of a secret in production show no part of it either', () => {
    const secret = composeVariables(
      defineVariables({ KEY: { about, schema: text(), secret: true, minSecretBytes: 32 } }),
    );
    const digits = fc.string({
      unit: fc.constantFrom('0', '1', '2', '3', '4', '7', '%', '&', '@'),
      minLength: 4,
      maxLength: 30,
    });
    fc.assert(
      fc.property(digits, (value) => {
        const text = faultsOf(secret, { NODE_ENV: 'production', KEY: value }).join('\n');
        expect(text).toContain('KEY ');
        for (let start = 0; start + 4 <= value.length; start++)
          expect(text).not.toContain(value.slice(start, start + 4));
      }),
    );
  });
});

describe('a value', () => {
  const set = defineVariables({
    KEY: { about, schema: text(), secret: true },
    N: { about, schema: text(), default: 'd' },
  });

  test('that is empty counts as not set', () => {
    expect(faultsOf(set, { KEY: '' })).toEqual([
      'KEY is required: must be text of 1 to 4096 characters (or set KEY_FILE)',
    ]);
    expect(loadConfig(set, { KEY: 'k', N: '', KEY_FILE: '' })).toEqual({ KEY: 'k', N: 'd' });
  });

  test('may come from a file, of which one trailing newline is dropped', () => {
    const loaded = (content: string) => loadConfig(set, { KEY_FILE: fileWith(content) }).KEY;
    expect(loaded('hush')).toBe('hush');
    expect(loaded('hush\n')).toBe('hush');
    expect(loaded('hush\r\n')).toBe('hush');
    expect(loaded('hush\n\n')).toBe('hush\n');
    expect(loaded(' hu\nsh \n')).toBe(' hu\nsh ');
  });

  test('from a file wins over the default, also where it is not a secret', () => {
    expect(loadConfig(set, { KEY: 'k', N_FILE: fileWith('from a file') }).N).toBe('from a file');
  });

  test('and a file at the same time are refused', () => {
    expect(faultsOf(set, { KEY: 'hush', KEY_FILE: fileWith('hush') })).toEqual([
      'KEY and KEY_FILE are both set: keep one',
    ]);
  });

  test('from a file that is missing, is a folder, or is empty is refused without naming the file', () => {
    const faults = (KEY_FILE: string) => faultsOf(set, { KEY_FILE });
    expect(faults(join(folder, 'missing'))).toEqual(['KEY_FILE names a file that cannot be read (ENOENT)']);
    expect(faults(folder)).toEqual(['KEY_FILE names a file that cannot be read (EISDIR)']);
    expect(faults(fileWith(''))).toEqual(['KEY_FILE names an empty file']);
    expect(faults(fileWith('\n'))).toEqual(['KEY_FILE names an empty file']);
  });

  test('cannot be changed once loaded, nor can a list', () => {
    const config = loadConfig(defineVariables({ LIST: { about, schema: listOf(['a', 'b']) } }), {
      LIST: 'a,b',
    });
    expect(Object.isFrozen(config)).toBe(true);
    expect(() => config.LIST.push('a')).toThrow(TypeError);
  });
});

describe('types', () => {
  test.each([
    ['0', 0],
    ['42', 42],
    ['-7', -7],
    ['007', 7],
  ])('integer takes %j', (raw, value) => {
    expect(accepted(integer({ min: -10, max: 100 }), raw)).toBe(value);
  });

  test.each([
    ' 42',
    '42 ',
    '4 2',
    '1e3',
    '0x10',
    '4.0',
    '4.5',
    '+4',
    '--4',
    '٤',
    'NaN',
    'Infinity',
    '101',
    '-11',
    '9'.repeat(16),
  ])('integer refuses %j', (raw) => expect(refused(integer({ min: -10, max: 100 }), raw)).toBe(true));

  test('boolean takes true and false, and "false" is false', () => {
    expect(accepted(boolean(), 'true')).toBe(true);
    expect(accepted(boolean(), 'false')).toBe(false);
  });

  test.each(['0', '1', 'yes', 'no', 'off', 'FALSE', 'True', ' true'])('boolean refuses %j', (raw) => {
    expect(refused(boolean(), raw)).toBe(true);
  });

  test('a list is separated by commas, with or without spaces; none is the empty one', () => {
    const list = listOf(['postgres', 'redis']);
    expect(accepted(list, 'postgres, redis')).toEqual(['postgres', 'redis']);
    expect(accepted(list, 'redis')).toEqual(['redis']);
    expect(accepted(list, 'none')).toEqual([]);
    for (const raw of ['mysql', 'postgres,', ',', 'postgres redis', 'none,redis'])
      expect(refused(list, raw)).toBe(true);
  });

  test('a URL has one of the protocols', () => {
    const link = url(['redis', 'rediss']);
    expect(accepted(link, 'rediss://:p%40ss@host:6380/1')).toBe('rediss://:p%40ss@host:6380/1');
    for (const raw of ['http://host', 'redis:host', 'redis', '//host', 'redis://h:port', 'redis://a b'])
      expect(refused(link, raw)).toBe(true);
  });

  test('every duration and integer within its bounds is taken, and none outside', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), fc.integer(), (a, b, value) => {
        const [min = 0, max = 0] = [a, b].sort((left, right) => left - right);
        expect(refused(duration({ min, max, unit: 's' }), String(value))).toBe(value < min || value > max);
      }),
    );
  });
});

describe('loadConfigOrExit', () => {
  const run = (env: Record<string, string>) =>
    spawnSync(process.execPath, ['--import', 'tsx', join(__dirname, '../test-fixtures/main.ts')], {
      env: { PATH: process.env['PATH'], ...env },
      cwd: join(__dirname, '../../..'),
      encoding: 'utf8',
    });

  test('prints every fault and exits with 78', () => {
    const { status, stdout, stderr } = run({ COUNT: 'sixty-six' });
    expect({ status, stdout, stderr }).toEqual({
      status: 78,
      stdout: '',
      stderr: [
        'The configuration has 2 faults:',
        '  COUNT must be an integer from 1 to 10',
        '  KEY is required: must be text of 1 to 4096 characters (or set KEY_FILE)',
        'See docs/configuration.md.',
        '',
      ].join('\n'),
    });
  });

  test('goes on when there are none', () => {
    expect(run({ KEY: 'k' })).toMatchObject({ status: 0, stdout: 'COUNT is 3\n', stderr: '' });
  });
});
