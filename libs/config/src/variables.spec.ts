import { z } from 'zod';
import { composeVariables, defineVariables, integer, loadConfig, text } from '.';

const about = 'For a test.';
const port = defineVariables({ PORT: { about, schema: integer({ min: 1, max: 9 }), default: '3' } });
const name = defineVariables({ NAME: { about, schema: text() } });

describe('declaring variables', () => {
  test('refuses a default for a secret', () => {
    const key = { about, schema: text(), secret: true, default: 'hush' };
    expect(() => defineVariables({ KEY: key })).toThrow('KEY: a secret has no default');
  });

  test('refuses a schema without a description, which errors and documents need', () => {
    expect(() => defineVariables({ X: { about, schema: z.string() } })).toThrow(
      'X: its schema has no description',
    );
  });
});

describe('composing variables', () => {
  test('makes one set of all, with NODE_ENV', () => {
    const config = loadConfig(composeVariables(port, name), { NAME: 'n' });
    expect(config).toEqual({ NODE_ENV: 'production', PORT: 3, NAME: 'n' });
  });

  test('takes the same declaration twice', () => {
    const set = composeVariables(composeVariables(port), port, name);
    expect(Object.keys(set.variables)).toEqual(['NODE_ENV', 'PORT', 'NAME']);
  });

  test('refuses two declarations of one name', () => {
    const other = defineVariables({ PORT: { about, schema: integer({ min: 1, max: 9 }), default: '4' } });
    expect(() => composeVariables(port, other)).toThrow('PORT is declared twice');
  });

  test('keeps the rules of each set, once', () => {
    const ruled = defineVariables({ A: { about, schema: integer({ min: 0, max: 9 }), default: '1' } }, [
      { holds: ({ A }) => A > 5, message: 'A must be more than 5' },
    ]);
    const set = composeVariables(composeVariables(ruled), ruled);
    expect(() => loadConfig(set, {})).toThrow('The configuration has 1 fault:\n  A must be more than 5');
  });
});
