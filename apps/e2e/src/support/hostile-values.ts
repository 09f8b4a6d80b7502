import fc from 'fast-check';
import type { JsonSchema } from './api-description';

/** Not of the alphabet of a request id, which is logged by design. */
export const CANARY = 'canary-8f3a51@leak.example';

const NASTY_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\ud800',
  '\udc00\ud800',
  '\ufeff',
  '\r\nset-cookie: a=b',
  '\u001b[31m',
  '../../../etc/passwd',
  '%2e%2e%2f',
  "' OR 1=1 --",
  '${jndi:ldap://x}',
  '{{7*7}}',
  '<script>',
  '__proto__',
  'constructor',
  'NaN',
  '1e309',
  '-0',
  '9'.repeat(400),
  'x'.repeat(300),
  'ﬀ'.repeat(200),
  'İ@example.com',
  'a@' + 'b.'.repeat(2_000) + 'com',
  '11111111-1111-1111-1111-111111111111',
  Buffer.from('999999999999999.11111111-1111-1111-1111-111111111111').toString('base64url'),
  CANARY,
];
const UTF16_UNIT = fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit));

/** Any text that JSON can write, also such as has no UTF-8. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY_TEXTS),
  fc.string({ unit: 'binary' }),
  fc.string({ unit: UTF16_UNIT }),
  fc.integer({ min: 200, max: 5_000 }).map((length) => 'y'.repeat(length)),
);

const hostileKey = fc.oneof(
  fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'id', CANARY),
  hostileText,
);
const depth = fc.integer({ min: 10, max: 3_000 });

/** Any JSON value: of every type, out of range, nested deeply. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  hostileText,
  fc.constantFrom(null, true, false, 0, -1, 1e308, -1e308, 2 ** 53, 0.1, 1e21),
  fc.jsonValue({ maxDepth: 4 }),
  fc.dictionary(hostileKey, fc.jsonValue({ maxDepth: 1 }), { maxKeys: 5 }),
  fc.array(hostileText, { maxLength: 5 }),
  depth.map((levels) => JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown),
);

const newAddress = fc.oneof(
  fc.emailAddress(),
  fc.uuid().map((id) => `${id}@example.com`),
);
const day = fc
  .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10));
const FORMATS: Record<string, fc.Arbitrary<string>> = {
  email: newAddress,
  uuid: fc.uuid({ version: 4 }),
  date: day,
};

/** A value that fits a schema as OpenAPI describes it; `known` holds texts that mean something, by name. */
export function fitting(
  schema: JsonSchema,
  name: string,
  known: Record<string, string[]>,
): fc.Arbitrary<unknown> {
  if (schema['type'] === 'object') return fittingObject(schema, known);
  if (schema['type'] === 'boolean') return fc.boolean();
  if (schema['type'] === 'integer')
    return fc.integer({ min: schema['minimum'] as number, max: schema['maximum'] as number });
  const texts = known[name] ?? [];
  const minLength = (schema['minLength'] as number | undefined) ?? 0;
  const maxLength = Math.min((schema['maxLength'] as number | undefined) ?? 50, 300);
  const any = FORMATS[String(schema['format'])] ?? fc.string({ minLength, maxLength });
  return texts.length > 0 ? fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...texts) }, any) : any;
}

function fittingObject(schema: JsonSchema, known: Record<string, string[]>): fc.Arbitrary<object> {
  const properties = Object.entries((schema['properties'] ?? {}) as Record<string, JsonSchema>);
  return fc.record(
    Object.fromEntries(properties.map(([name, property]) => [name, fitting(property, name, known)])),
    { noNullPrototype: true },
  );
}

/** Almost what a schema asks for: one member hostile, missing or too many. */
export function nearly(schema: JsonSchema, known: Record<string, string[]>): fc.Arbitrary<unknown> {
  const names = Object.keys(schema['properties'] ?? {});
  const whole = fittingObject(schema, known);
  if (names.length === 0) return hostileValue;
  const name = fc.constantFrom(...names);
  return fc.oneof(
    fc.tuple(whole, name, hostileValue).map(([value, at, bad]) => ({ ...value, [at]: bad })),
    fc.tuple(whole, name).map(([value, at]) => ({ ...value, [at]: undefined })),
    fc.tuple(whole, hostileKey, hostileValue).map(([value, key, extra]) => ({ ...value, [key]: extra })),
  );
}
