import { ApiClient } from './support/api-client';
import { expectProblem } from './support/api-description';
import { Environment, freshEnvironment } from './support/environment';
import { fieldValues } from './support/http-answer';
import { COUNTABLE_SOCKETS, expectNoLeakedSocket } from './support/leaked-sockets';
import { leaks } from './support/leaks';
import { exchange, HOST, post, RawConnection } from './support/raw-connection';
import { killRunning, RunningApp } from './support/running-app';

const SECRET = 'nobody may repeat this';

let environment: Environment;
let api: RunningApp;
let client: ApiClient;
beforeAll(async () => {
  environment = await freshEnvironment({ LOG_LEVEL: 'debug', ...COUNTABLE_SOCKETS });
  api = await (await RunningApp.start('api', environment.env)).ready();
  client = new ApiClient(api);
});
afterEach(async () => {
  expect(await api.probe('ready')).toBe(200);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

/** Sends these bytes; the answer has this status, is a problem, and the connection ends with it. */
async function expectCut(bytes: string, status: number): Promise<void> {
  const connection = await RawConnection.open(api.port);
  connection.send(bytes);
  expectProblem(await connection.answer(), status);
  await connection.untilClosed();
  expect(connection.unread).toBe('');
}

const chunked = (rest: string) =>
  `POST /nothing HTTP/1.1\r\n${HOST}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${rest}`;
const withFields = (fields: string, body = '') => `POST /nothing HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;

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
    ['no Host, and a body', 'POST /nothing HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}'],
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
    const bytes = chunked(`2\r\n{}\r\n0\r\nX-Trailer: a\r\n\r\n`);
    expectProblem(await exchange(api.port, bytes), 404);
  });

  test('100-continue, with the permission and then the answer', async () => {
    const fields = 'Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 2\r\n';
    expectProblem(await exchange(api.port, withFields(fields, '{}')), 404);
  });
});

describe('a method', () => {
  test.each(['PUT', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'PURGE', 'M-SEARCH'])(
    '%s is that of no route: 404, and nothing of the request comes back',
    async (method) => {
      const answer = await exchange(
        api.port,
        `${method} /nothing HTTP/1.1\r\n${HOST}Secret: of-mine\r\n\r\n`,
      );
      expectProblem(answer, 404);
      expect(answer.body.toString()).not.toContain('of-mine');
    },
  );

  test('CONNECT is refused: this is no proxy', async () => {
    await expectCut('CONNECT elsewhere.example:443 HTTP/1.1\r\nHost: elsewhere.example:443\r\n\r\n', 405);
  });

  test('HEAD is answered like GET, without the body', async () => {
    const answer = await exchange(api.port, `HEAD /openapi.json HTTP/1.1\r\n${HOST}\r\n`, 'HEAD');
    expect(answer.status).toBe(200);
    expect(Number(fieldValues(answer, 'content-length')[0])).toBeGreaterThan(0);
  });

  test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
    'is not taken from %s',
    async (name) => {
      const { status } = await client.call('GET', '/openapi.json', { headers: { [name]: 'DELETE' } });
      expect(status).toBe(200);
    },
  );
});

describe('a path', () => {
  const get = (path: string, method = 'GET') =>
    exchange(api.port, `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`);

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

  test.each(['/%', '/%zz', '/%ff', '/nothing/%ED%A0%80'])('%s is no text: 400', async (path) => {
    expectProblem(await get(path, 'DELETE'), 400);
  });
});

const body = (text: string) => `{"name":"${text}"}`;

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
    ['UTF-16', Buffer.from(body(SECRET), 'utf16le')],
    ['bytes that are no UTF-8', Buffer.from(body('\xff\xfe\xfd'), 'latin1')],
    ['half a UTF-8 character', Buffer.from(body('x\xc3'), 'latin1')],
    ['a surrogate written as UTF-8', Buffer.from(body('\xed\xa0\x80'), 'latin1')],
  ])('of %s is malformed: 400', async (_what, bytes) => {
    const answer = await exchange(api.port, post('/nothing', bytes));
    expectProblem(answer, 400);
    expect(answer.body.toString()).toContain('"malformed-request"');
  });

  test('that is larger than HTTP_BODY_LIMIT_BYTES is refused: 413, also in chunks', async () => {
    expectProblem(await exchange(api.port, post('/nothing', 'x'.repeat(1_100_000))), 413);
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    expectProblem(await exchange(api.port, chunked(chunk.repeat(20))), 413);
  });
});

describe('what a client says of itself', () => {
  test('does not begin a line of the log, nor a field of the answer', async () => {
    for (const id of ['a\u0085b', 'x"}', '\u00ff', 'a'.repeat(129), 'ada@example.com']) {
      const fields = `X-Request-Id: ${id}\r\nUser-Agent: ${id} "}{"level":"fatal","msg":"forged"}`;
      const head = `GET /nothing HTTP/1.1\r\n${HOST}${fields}\r\n\r\n`;
      const answer = await exchange(api.port, head);
      expectProblem(answer, 404);
      expect(fieldValues(answer, 'x-request-id')[0]).toMatch(/^[\da-f-]{36}$/);
    }
    const lines = api.output.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('{"level":'))).toEqual([]);
    expect(api.output).not.toContain('forged');
    expect(Buffer.from(api.output).some((byte) => byte === 0x1b)).toBe(false);
  });
});

describe('after all that', () => {
  test('no connection is kept', async () => {
    await expectNoLeakedSocket(api);
  });

  test('nothing of it is in the log, and no error', () => {
    expect(leaks(api.output, [SECRET, 'ada@example.com'])).toEqual([]);
    expect(api.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
  });
});
