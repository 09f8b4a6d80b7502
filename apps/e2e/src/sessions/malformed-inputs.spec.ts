import { gzipSync } from 'node:zlib';
import { expectProblem } from '../support/api-description';
import { Environment, freshEnvironment } from '../support/environment';
import { fieldValues } from '../support/http-answer';
import { COUNTABLE_SOCKETS, expectNoLeakedSocket } from '../support/leaked-sockets';
import { leaks } from '../support/leaks';
import { exchange, HOST, post } from '../support/raw-connection';
import { killRunning, RunningApp } from '../support/running-app';
import { AccountClient, PASSWORD } from './account-client';

const EMAIL = 'malformed@example.com';

let environment: Environment;
let api: RunningApp;
let client: AccountClient;
let token: string;
beforeAll(async () => {
  environment = await freshEnvironment({
    LOG_LEVEL: 'debug',
    SIGN_IN_LIMIT_PER_ADDRESS: '1000',
    ...COUNTABLE_SOCKETS,
  });
  api = await (await RunningApp.start('api', environment.env)).ready();
  client = new AccountClient(api);
  token = (await client.join(EMAIL)).token;
});
afterEach(async () => {
  expect(await api.probe('ready')).toBe(200);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

test.each(['X-HTTP-Method-Override', 'X-HTTP-Method', 'X-Method-Override'])(
  'a method is not taken from %s',
  async (name) => {
    const headers = { [name]: 'DELETE' };
    const { status } = await client.call('GET', '/v1/sessions/current', { token, headers });
    expect(status).toBe(200);
    expect((await client.current(token)).status).toBe(200);
  },
);

describe('an id', () => {
  const end = (path: string) =>
    exchange(api.port, `DELETE ${path} HTTP/1.1\r\n${HOST}Authorization: Bearer ${token}\r\n\r\n`);

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
  ])('of %s: %s', async (_what, id, status) => {
    const answer = await end(`/v1/sessions/${id}`);
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
