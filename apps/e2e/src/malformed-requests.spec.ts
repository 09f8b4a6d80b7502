import { gzipSync } from 'node:zlib';
import { ApiClient, PASSWORD } from './support/api-client';
import { problemFaults } from './support/api-description';
import { Environment, freshEnvironment } from './support/environment';
import { fieldValues, HttpAnswer } from './support/http-answer';
import { COUNTABLE_SOCKETS, expectNoLeakedSocket } from './support/leaked-sockets';
import { leaks } from './support/leaks';
import { exchange, RawConnection } from './support/raw-connection';
import { killRunning, RunningApp } from './support/running-app';

const EMAIL = 'malformed@example.com';
const HOST = 'Host: x\r\n';

let environment: Environment;
let api: RunningApp;
let client: ApiClient;
let token: string;
beforeAll(async () => {
  environment = await freshEnvironment({
    LOG_LEVEL: 'debug',
    SIGN_IN_LIMIT_PER_ADDRESS: '1000',
    ...COUNTABLE_SOCKETS,
  });
  api = await (await RunningApp.start('api', environment.env)).ready();
  client = new ApiClient(api);
  token = (await client.join(EMAIL)).token;
});
afterEach(async () => {
  expect(await api.probe('ready')).toBe(200);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

function expectProblem(answer: HttpAnswer, status: number): void {
  expect({ status: answer.status, faults: problemFaults(answer) }).toEqual({ status, faults: [] });
}

/** Sends these bytes; the answer has this status, is a problem, and the connection ends with it. */
async function expectCut(bytes: string, status: number): Promise<void> {
  const connection = await RawConnection.open(api.port);
  connection.send(bytes);
  expectProblem(await connection.answer(), status);
  await connection.untilClosed();
  expect(connection.unread).toBe('');
}

function post(
  path: string,
  body: string | Uint8Array,
  fields = 'Content-Type: application/json\r\n',
): Buffer {
  const bytes = Buffer.from(body);
  const head = `POST ${path} HTTP/1.1\r\n${HOST}${fields}Content-Length: ${bytes.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes]);
}

const chunked = (rest: string) =>
  `POST /v1/sessions HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${rest}`;
const withFields = (fields: string, body = '') => `POST /v1/sessions HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;

describe('a message that two servers could read differently is refused, and the connection is cut', () => {
  test.each([
    [
      'both lengths',
      withFields('Content-Length: 5\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\nGET / HTTP/1.1\r\n\r\n'),
    ],
    [
      'both, the other way round',
      withFields('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'),
    ],
    ['two lengths', withFields('Content-Length: 2\r\nContent-Length: 3\r\n', '{}')],
    ['the same length twice', withFields('Content-Length: 2\r\nContent-Length: 2\r\n', '{}')],
    ['a list of lengths', withFields('Content-Length: 2, 2\r\n', '{}')],
    ['a negative length', withFields('Content-Length: -2\r\n', '{}')],
    ['a length with a sign', withFields('Content-Length: +2\r\n', '{}')],
    ['a length past 64 bits', withFields('Content-Length: 99999999999999999999999\r\n', '{}')],
    ['chunked, but not last', withFields('Transfer-Encoding: chunked, identity\r\n', '0\r\n\r\n')],
    [
      'chunked twice',
      withFields('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'),
    ],
    ['a space before the colon', withFields('Transfer-Encoding : chunked\r\n', '0\r\n\r\n')],
    ['a control character before chunked', withFields('Transfer-Encoding: \x0bchunked\r\n', '0\r\n\r\n')],
    ['a folded field', `GET /health/live HTTP/1.1\r\n${HOST}A: b\r\n c\r\n\r\n`],
    ['bare line feeds', 'GET /health/live HTTP/1.1\nHost: x\n\n'],
    ['one bare line feed', `GET /health/live HTTP/1.1\r\n${HOST}A: b\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a bare carriage return', `GET /health/live HTTP/1.1\r\n${HOST}A: b\rC: d\r\n\r\n`],
    ['a null byte in a field', `GET /health/live HTTP/1.1\r\n${HOST}User-Agent: a\0b\r\n\r\n`],
    ['an escape sequence in a field', `GET /health/live HTTP/1.1\r\n${HOST}User-Agent: \x1b[31m\r\n\r\n`],
    ['a chunk size that is none', chunked('zz\r\n{}\r\n0\r\n\r\n')],
    ['a negative chunk size', chunked('-2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size past 64 bits', chunked('10000000000000002\r\n{}\r\n0\r\n\r\n')],
    ['a chunk that is longer than it says', chunked('2\r\n{}X0\r\n\r\n')],
    ['a length among the trailers', chunked('2\r\n{}\r\n0\r\nContent-Length: 7\r\n\r\n')],
    ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n'],
    ['two Hosts', 'GET /health/live HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n'],
    ['no Host, and a body', 'POST /v1/accounts HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
    ['HTTP/2.0', `GET /health/live HTTP/2.0\r\n${HOST}\r\n`],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['HTTP/1.2', `GET /health/live HTTP/1.2\r\n${HOST}\r\n`],
    ['no version', 'GET /health/live\r\n\r\n'],
    ['a method in lower case', `get /health/live HTTP/1.1\r\n${HOST}\r\n`],
    ['a method that nobody knows', `FOO /health/live HTTP/1.1\r\n${HOST}\r\n`],
    ['a path that is no ASCII', `GET /\xff\xfe HTTP/1.1\r\n${HOST}\r\n`],
    ['a path without its slash', `GET health/live HTTP/1.1\r\n${HOST}\r\n`],
    ['the greeting of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s', async (_what, bytes) => {
    await expectCut(bytes, 400);
  });

  test.each([
    ['trailers that are too long', chunked(`2\r\n{}\r\n0\r\nA: ${'b'.repeat(20_000)}\r\n\r\n`), 431],
    ['chunk extensions that are too long', chunked(`2;a=${'b'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`), 413],
    ['a field that is too long', `GET / HTTP/1.1\r\n${HOST}A: ${'b'.repeat(20_000)}\r\n\r\n`, 431],
    ['a flood of fields', `GET / HTTP/1.1\r\n${HOST}${'A: b\r\n'.repeat(20_000)}\r\n`, 431],
    ['a path that is too long', `GET /${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431],
    [
      'a body that says it is too large',
      withFields('Content-Type: application/json\r\nContent-Length: 9999999999\r\n', '{'),
      413,
    ],
  ])('%s', async (_what, bytes, status) => {
    await expectCut(bytes, status);
  });
});

describe('a message that is odd but clear is served', () => {
  test.each([
    ['HTTP/1.0 without a Host', 'GET /health/live HTTP/1.0\r\n\r\n'],
    ['the address in whole', `GET http://elsewhere.example/health/live HTTP/1.1\r\n${HOST}\r\n`],
    ['an escaped letter in the path', `GET /health/l%69ve HTTP/1.1\r\n${HOST}\r\n`],
    ['an expectation that nobody knows', `GET /health/live HTTP/1.1\r\n${HOST}Expect: a-miracle\r\n\r\n`],
    [
      'the wish to be upgraded',
      `GET /health/live HTTP/1.1\r\n${HOST}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`,
    ],
    [
      'a method in a field of its own',
      `GET /health/live HTTP/1.1\r\n${HOST}X-HTTP-Method-Override: DELETE\r\n\r\n`,
    ],
  ])('%s', async (_what, bytes) => {
    expect((await exchange(api.port, bytes)).status).toBe(200);
  });

  test('trailers, which count for nothing', async () => {
    const bytes = chunked(`2\r\n{}\r\n0\r\nAuthorization: Bearer ${token}\r\n\r\n`);
    expectProblem(await exchange(api.port, bytes), 400);
  });

  test('100-continue, with the permission and then the answer', async () => {
    const fields = 'Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n';
    expectProblem(await exchange(api.port, withFields(fields, '{}')), 400);
  });
});

describe('a method', () => {
  test.each(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH'])(
    '%s is that of no route: 404, and nothing of the request comes back',
    async (method) => {
      const answer = await exchange(
        api.port,
        `${method} /v1/sessions HTTP/1.1\r\n${HOST}Secret: of-mine\r\n\r\n`,
      );
      expectProblem(answer, 404);
      expect(answer.body.toString()).not.toContain('of-mine');
    },
  );

  test('CONNECT is refused: this is no proxy', async () => {
    await expectCut('CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n', 405);
  });

  test('HEAD is answered like GET, without the body', async () => {
    const answer = await exchange(api.port, `HEAD /v1/sessions HTTP/1.1\r\n${HOST}\r\n`, 'HEAD');
    expect(answer.status).toBe(401);
    expect(Number(fieldValues(answer, 'content-length')[0])).toBeGreaterThan(0);
  });

  test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    'is not taken from %s',
    async (name) => {
      const { status } = await client.call('GET', '/v1/sessions/current', {
        token,
        headers: { [name]: 'DELETE' },
      });
      expect(status).toBe(200);
      expect((await client.current(token)).status).toBe(200);
    },
  );
});

describe('a path', () => {
  const get = (path: string, method = 'GET') =>
    exchange(api.port, `${method} ${path} HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n\r\n`);

  test.each([
    '//health/live',
    '/health//live',
    '/health/live/',
    '/HEALTH/LIVE',
    '/x/../health/live',
    '/health/./live',
    '/health/%2e%2e/health/live',
    '/health%2flive',
    '/health/live;a=b',
    '/health/live%00',
    '/docs/../../../etc/passwd',
    '/docs/%2e%2e%2fmain.js',
    '/docs/..%5cmain.js',
    '/openapi-page/swagger-ui.css',
    '/.env',
    '/metrics',
    '/__proto__',
    '*',
  ])('%s leads nowhere: 404', async (path) => {
    expectProblem(await get(path), 404);
  });

  test.each(['/%', '/%zz', '/%ff', '/v1/sessions/%ED%A0%80'])('%s is no text: 400', async (path) => {
    expectProblem(await get(path, 'DELETE'), 400);
  });

  test.each([
    ['a null byte', '%00', 404],
    ['something else than an id', 'nobody', 404],
    ['a path', '..%2f..', 404],
    ['SQL', "'%20OR%201=1--", 404],
    ['a line of a header', 'x%0d%0aSet-Cookie:%20a=b', 404],
    ['an id in braces', '%7B11111111-1111-1111-1111-111111111111%7D', 404],
    ['an id without hyphens', '11111111111111111111111111111111', 404],
    ['a name of Object.prototype', '__proto__', 404],
    ['200 characters', 'x'.repeat(200), 404],
    ['201 characters', 'x'.repeat(201), 414],
  ])('with %s for an id: %s', async (_what, id, status) => {
    const answer = await get(`/v1/sessions/${id}`, 'DELETE');
    expectProblem(answer, status);
    expect(fieldValues(answer, 'set-cookie')).toEqual([]);
    expect((await client.current(token)).status).toBe(200);
  });
});

describe('a query', () => {
  const list = (query: string) => client.call('GET', `/v1/sessions?${query}`, { token });

  test.each([
    ['a limit of nothing', 'limit='],
    ['a limit of zero', 'limit=0'],
    ['a limit that is too large', 'limit=101'],
    ['a limit past all numbers', `limit=${'9'.repeat(400)}`],
    ['half a limit', 'limit=1.5'],
    ['a limit that is none', 'limit=NaN'],
    ['two limits', 'limit=1&limit=2'],
    ['a null byte for a limit', 'limit=%00'],
    ['a null byte for a cursor', 'cursor=%00'],
    ['an empty cursor', 'cursor='],
    ['a cursor of half bytes', 'cursor=%ff%fe'],
    ['a cursor that is too long', `cursor=${'a'.repeat(201)}`],
    ['a field that nobody knows', 'offset=5'],
    ['a field in brackets', 'limit[]=5'],
  ])('with %s is refused', async (_what, query) => {
    expect(await list(query)).toMatchObject({ status: 400, body: { code: 'invalid-input' } });
  });

  test.each([0, 253_402_300_800_000, 999_999_999_999_999])(
    'with a cursor of the time %s is served',
    async (time) => {
      const cursor = Buffer.from(`${time}.11111111-1111-1111-1111-111111111111`).toString('base64url');
      expect((await list(`cursor=${cursor}`)).status).toBe(200);
    },
  );
});

const credentials = (password: string) => `{"email":"${EMAIL}","password":"${password}"}`;

describe('a body', () => {
  test.each([
    ['half JSON', '{'],
    ['a space', ' '],
    ['JavaScript', "{'email':1}"],
    ['a comment', '/**/{}'],
    ['two values', '{} {}'],
    ['NaN', 'NaN'],
    ['a null byte', '\0'],
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['__proto__, escaped', '{"\\u005f_proto__":{"admin":true}}'],
    ['constructor.prototype', '{"constructor":{"prototype":{"admin":true}}}'],
    ['__proto__, below 100,000 levels', `${'{"a":'.repeat(100_000)}{"__proto__":1}${'}'.repeat(100_000)}`],
    ['UTF-16', Buffer.from(credentials(PASSWORD), 'utf16le')],
    ['bytes that are no UTF-8', Buffer.from(credentials('\xff\xfe\xfd'), 'latin1')],
    ['half a UTF-8 character', Buffer.from(credentials('x\xc3'), 'latin1')],
    ['a surrogate written as UTF-8', Buffer.from(credentials('\xed\xa0\x80'), 'latin1')],
  ])('of %s is malformed: 400', async (_what, body) => {
    const answer = await exchange(api.port, post('/v1/sessions', body));
    expectProblem(answer, 400);
    expect(answer.body.toString()).toContain('"malformed-request"');
  });

  test.each([
    ['nothing', ''],
    ['null', 'null'],
    ['a number', '1e999'],
    ['a text', '"text"'],
    ['a list', '[{}]'],
    ['wrong types', '{"email":{"$ne":null},"password":["x"]}'],
    ['numbers out of range', '{"email":1e999,"password":-0}'],
    ['500,000 levels', `${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['60,000 fields', `{${Array.from({ length: 60_000 }, (_, index) => `"a${index}":1`).join()}}`],
    ['a field with a long name', `{"${'k'.repeat(900_000)}":1}`],
    ['a megabyte of an address', `{"email":"a@${'a-'.repeat(500_000)}","password":"x"}`],
    ['an address with a null byte', '{"email":"a\\u0000@example.com","password":"x"}'],
    ['half a surrogate pair', credentials('\\ud800 and more')],
    ['names of Object.prototype', '{"toString":1,"hasOwnProperty":2,"valueOf":3}'],
  ])('of %s is not valid: 400, in a few words', async (_what, body) => {
    const answer = await exchange(api.port, post('/v1/sessions', body));
    expectProblem(answer, 400);
    expect(answer.body.toString()).toContain('"invalid-input"');
    expect(answer.body.length).toBeLessThan(2_000);
  });

  test.each([
    ['another type', 'Content-Type: text/plain\r\n'],
    ['a form', 'Content-Type: application/x-www-form-urlencoded\r\n'],
    ['files', 'Content-Type: multipart/form-data; boundary=x\r\n'],
    ['almost JSON', 'Content-Type: application/jsonx\r\n'],
    ['two types', 'Content-Type: text/plain\r\nContent-Type: application/json\r\n'],
    ['no type', ''],
    ['gzip', 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n'],
    ['an encoding that nobody knows', 'Content-Type: application/json\r\nContent-Encoding: x\r\n'],
  ])('with %s is refused: 415', async (_what, fields) => {
    expectProblem(await exchange(api.port, post('/v1/sessions', credentials(PASSWORD), fields)), 415);
  });

  test('that is a gzip bomb is not unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000));
    const fields = 'Content-Type: application/json\r\nContent-Encoding: gzip\r\n';
    expectProblem(await exchange(api.port, post('/v1/sessions', bomb, fields)), 415);
  });

  test('that is larger than HTTP_BODY_LIMIT_BYTES is refused: 413, also in chunks', async () => {
    expectProblem(await exchange(api.port, post('/v1/sessions', 'x'.repeat(1_100_000))), 413);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    expectProblem(await exchange(api.port, chunked(chunk.repeat(20))), 413);
  });

  test('with a name twice counts the last, as every parser of JavaScript does', async () => {
    const body = `{"email":"x","email":"${EMAIL}","password":"x","password":"${PASSWORD}"}`;
    expect((await exchange(api.port, post('/v1/sessions', body))).status).toBe(201);
  });

  test('with a byte order mark or a charset is read as UTF-8', async () => {
    const fields = 'Content-Type: application/json; charset=iso-8859-1\r\n';
    expect(
      (await exchange(api.port, post('/v1/sessions', `\ufeff${credentials(PASSWORD)}`, fields))).status,
    ).toBe(201);
  });
});

describe('a password', () => {
  const EXOTIC = 'exotic@example.com';

  test('is told from another one after a null byte', async () => {
    await client.register(EXOTIC, 'zero\0 and one');
    expect((await client.signIn(EXOTIC, 'zero\0 and two')).status).toBe(401);
    expect((await client.signIn(EXOTIC, 'zero\0 and one')).status).toBe(201);
  });

  test('with half a surrogate pair is refused, since every other half would open the account too', async () => {
    expect((await client.register('half@example.com', 'half a pair \ud800')).status).toBe(400);
    expect((await client.register('whole@example.com', 'a whole pair \ud83d\ude00')).status).toBe(201);
  });
});

describe('what a client says of itself', () => {
  test('does not begin a line of the log, nor a field of the answer', async () => {
    for (const id of ['a\u0085b', 'x"}', '\u00ff', 'a'.repeat(129), EMAIL]) {
      const fields = `X-Request-Id: ${id}\r\nUser-Agent: ${id} "}{"level":"fatal","msg":"forged"}`;
      const head = `GET /v1/sessions/current HTTP/1.1\r\n${HOST}${fields}\r\n\r\n`;
      const answer = await exchange(api.port, head);
      expectProblem(answer, 401);
      expect(fieldValues(answer, 'x-request-id')[0]).toMatch(/^[\da-f-]{36}$/);
    }
    const lines = api.output.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('{"level":'))).toEqual([]);
    expect(api.output).not.toContain('forged');
    expect(Buffer.from(api.output).some((byte) => byte === 0x1b)).toBe(false);
  });

  test('of its agent is kept as it is sent, and told to its owner only', async () => {
    const agent = `\xff ${'x'.repeat(600)}`;
    const signedIn = await exchange(
      api.port,
      post(
        '/v1/sessions',
        credentials(PASSWORD),
        `Content-Type: application/json\r\nUser-Agent: ${agent}\r\n`,
      ),
    );
    expect(signedIn.status).toBe(201);
    const { session } = JSON.parse(signedIn.body.toString()) as { session: { userAgent: string } };
    expect(session.userAgent).toBe(agent.slice(0, 512));
  });
});

describe('after all that', () => {
  test('no connection is kept', async () => {
    await expectNoLeakedSocket(api);
  });

  test('nothing of it is in the log: no password, token, address, and no error', () => {
    const secrets = [
      PASSWORD,
      EMAIL,
      'zero\0 and one',
      'exotic@example.com',
      token,
      environment.env['JWT_SECRET'] ?? '',
    ];
    expect(leaks(api.output, secrets)).toEqual([]);
    expect(api.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
