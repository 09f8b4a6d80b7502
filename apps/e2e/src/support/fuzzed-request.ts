import fc from 'fast-check';
import { gzipSync } from 'node:zlib';
import type { Route } from './api-description';
import { CANARY, fitting, hostileText, hostileValue, nearly } from './hostile-values';

/** Kept as readable as it can be: this is what a counter-example is printed as. */
export interface FuzzedRequest {
  /** Of the OpenAPI document. */
  route: string;
  method: string;
  target: string;
  /** Whether the path was tampered with, so that it may be no route's at all. */
  tampered: boolean;
  headers: [name: string, value: string][];
  token: 'none' | 'live' | 'dead' | 'forged';
  body: Buffer | undefined;
}

/** Texts that mean something to the app, by the name of the parameter or property. */
export type Known = Record<string, string[]>;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'];
const often = <T>(usual: fc.Arbitrary<T>, rare: fc.Arbitrary<T>, weight = 6): fc.Arbitrary<T> =>
  fc.oneof({ weight, arbitrary: usual }, { weight: 1, arbitrary: rare });

export function fuzzedRequest(route: Route, known: Known): fc.Arbitrary<FuzzedRequest> {
  return fc
    .record({
      route: fc.constant(route.name),
      method: often(fc.constant(route.method), fc.constantFrom(...METHODS), 12),
      path: often(pathOf(route, known), tamperedPath(route.path)),
      query: queryOf(route, known),
      headers: fc.array(fc.oneof(knownHeader, anyHeader), { maxLength: 5 }),
      contentType: often(fc.constant('application/json'), contentType, 9),
      token: fc.constantFrom<FuzzedRequest['token'][]>('none', 'live', 'live', 'live', 'dead', 'forged'),
      body: bodyOf(route, known),
    })
    .map(({ path, query, contentType: type, headers, body, ...rest }) => ({
      ...rest,
      target: path.text + query,
      tampered: path.tampered,
      headers: body && type ? [...headers, ['content-type', type] as [string, string]] : headers,
      body,
    }));
}

function pathOf(
  { path, parameters = [] }: Route,
  known: Known,
): fc.Arbitrary<{ text: string; tampered: boolean }> {
  const values = parameters
    .filter((parameter) => parameter.in === 'path')
    .map(({ name, schema }) => fc.oneof(fitting(schema, name, known), hostileText).map(String));
  const names = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
  return fc.tuple(...values).map((chosen) => ({
    text: names.reduce(
      (text, name, index) => text.replace(`{${name}}`, () => escaped(chosen[index] ?? '')),
      path,
    ),
    tampered: false,
  }));
}

/** `encodeURIComponent` throws at half a surrogate pair, where others send whatever they have. */
function escaped(text: string): string {
  return text.isWellFormed()
    ? encodeURIComponent(text)
    : encodeURIComponent(text.toWellFormed()) + '%ED%A0%80';
}

const TRICKS = [
  '/',
  '//',
  '/.',
  '/..',
  '/%2e%2e',
  '%2f',
  ';a=b',
  '%00',
  '%',
  '%zz',
  '%ff',
  '\xff',
  '#x',
  '\\',
  '?',
  '|',
];

function tamperedPath(path: string): fc.Arbitrary<{ text: string; tampered: boolean }> {
  return fc
    .tuple(
      fc.nat(path.length),
      fc.oneof(fc.constantFrom(...TRICKS), fc.string({ maxLength: 8 })),
      fc.boolean(),
    )
    .map(([at, trick, upper]) => {
      const text = path.slice(0, at) + trick.replaceAll(/[\0-\x20]/g, '') + path.slice(at);
      return { text: upper ? text.toUpperCase() : text, tampered: true };
    });
}

function queryOf({ parameters = [] }: Route, known: Known): fc.Arbitrary<string> {
  const own = parameters
    .filter((parameter) => parameter.in === 'query')
    .map(({ name, schema }) =>
      fc.oneof(fitting(schema, name, known), hostileText).map((value) => `${name}=${escaped(String(value))}`),
    );
  const stray = fc
    .tuple(hostileText, hostileText)
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
  const raw = fc.constantFrom('', '&', '=', '%', 'limit=1&limit=2', '__proto__=1', 'a[b]=c', 'x=%ff', 'a;b');
  const piece =
    own.length > 0 ? fc.oneof({ weight: 3, arbitrary: fc.oneof(...own) }, stray, raw) : fc.oneof(stray, raw);
  return often(
    own.length > 0 ? fc.oneof(...own).map((text) => `?${text}`) : fc.constant(''),
    fc.array(piece, { maxLength: 4 }).map((pieces) => `?${pieces.join('&')}`),
    2,
  );
}

/** Those that servers, frameworks and proxies act upon. */
const KNOWN_HEADERS: [string, string[]][] = [
  ['x-request-id', ['', 'ok-1', 'a b', '\xfc', 'x'.repeat(2_000), CANARY]],
  ['user-agent', ['', '\xff\xfe', 'x'.repeat(2_000), CANARY]],
  ['x-forwarded-for', ['', 'x', '::1', '1.2.3.4, 5.6.7.8', '1.2.3.4:99', ','.repeat(200)]],
  ['x-forwarded-host', ['evil.example']],
  ['x-http-method-override', ['DELETE', 'TRACE']],
  ['accept', ['text/html', '*/*;q=0', '']],
  ['accept-encoding', ['gzip, br', 'identity;q=0']],
  ['content-encoding', ['gzip', 'identity', 'x']],
  ['expect', ['100-continue', 'odd']],
  ['connection', ['keep-alive', 'close', 'upgrade', 'x-request-id']],
  ['upgrade', ['websocket', 'h2c']],
  ['if-none-match', ['*']],
  ['range', ['bytes=0-', 'bytes=9-1']],
  ['cookie', ['a=b; a=c', `id=${CANARY}`]],
  ['authorization', ['Bearer', 'Basic eDp5', 'Bearer \xff', CANARY]],
  ['origin', ['null', 'http://evil.example']],
  ['te', ['trailers']],
];
const knownHeader = fc
  .constantFrom(...KNOWN_HEADERS)
  .chain(([name, values]) => fc.constantFrom(...values).map((value): [string, string] => [name, value]));

/** What a field value may hold: RFC 9110, 5.5. */
const FIELD_BYTE = fc
  .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0x80, max: 0xff }))
  .map((byte) => String.fromCharCode(byte));
const anyHeader = fc.tuple(
  fc
    .string({
      unit: fc.constantFrom('a', 'b', 'z', '0', '9', '-', '_', '!', '~'),
      minLength: 1,
      maxLength: 20,
    })
    .map((name) => `q${name}`),
  fc.string({ unit: FIELD_BYTE, maxLength: 60 }).map((value) => value.trim()),
) satisfies fc.Arbitrary<[string, string]>;

const contentType = fc.constantFrom(
  '',
  'application/json; charset=utf-16',
  'application/json;',
  'APPLICATION/JSON',
  'application/jsonx',
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  '*/*',
  '\x80',
);

function bodyOf(route: Route, known: Known): fc.Arbitrary<Buffer | undefined> {
  const schema = route.requestBody?.content?.['application/json']?.schema;
  const nothing = fc.constant(undefined);
  if (!schema) return often<Buffer | undefined>(nothing, fc.oneof(json(hostileValue), broken(hostileValue)));
  const fit = fitting(schema, '', known);
  return fc.oneof(
    { weight: 4, arbitrary: json(fit) },
    { weight: 6, arbitrary: json(nearly(schema, known)) },
    { weight: 2, arbitrary: json(hostileValue) },
    { weight: 3, arbitrary: broken(fit) },
    { weight: 1, arbitrary: nothing },
  );
}

const json = (values: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> =>
  values.map((value) => Buffer.from((JSON.stringify(value) as string | undefined) ?? ''));

/** Bytes that are almost, or not at all, the JSON of a value. */
function broken(values: fc.Arbitrary<unknown>): fc.Arbitrary<Buffer> {
  const damaged = fc
    .tuple(json(values), fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 4 }))
    .map(([bytes, at, junk]) => {
      const cut = at % (bytes.length + 1);
      return Buffer.concat([bytes.subarray(0, cut), junk, bytes.subarray(cut)]);
    });
  return fc.oneof(
    damaged,
    fc.tuple(json(values), fc.nat()).map(([bytes, at]) => bytes.subarray(0, at % (bytes.length + 1))),
    json(values).map((bytes) => gzipSync(bytes)),
    json(values).map((bytes) => Buffer.from(bytes.toString(), 'utf16le')),
    json(values).map((bytes) => Buffer.from(bytes.toString().replace('{', '{"__proto__":{"a":1},'))),
    json(values).map((bytes) => Buffer.from(bytes.toString().replace('{', '{"email":"dup","password":1,'))),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes)),
  );
}
