import { loadConfig } from '@kubernest/config';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { once } from 'node:events';
import { AddressInfo, connect } from 'node:net';
import { FixtureModule } from '../test-fixtures/fixture.module';
import { createHttpAdapter } from './http-adapter';
import { httpVariables, lifecycleVariables } from './variables';

const apps: NestFastifyApplication[] = [];
afterAll(() => Promise.all(apps.map((app) => app.close())));

/** As runService creates it. */
async function listen(env: Record<string, string> = {}): Promise<number> {
  const config = loadConfig(httpVariables({ port: 0 }), env);
  const module = FixtureModule.forRoot(loadConfig(lifecycleVariables, {}), {});
  const app = await NestFactory.create<NestFastifyApplication>(module, createHttpAdapter(config), {
    logger: false,
    bodyParser: false,
  });
  apps.push(app);
  await app.listen(0, '127.0.0.1');
  return (app.getHttpServer().address() as AddressInfo).port;
}

/** Sends these bytes, and reads until the server cuts the connection. */
async function exchange(port: number, bytes: string) {
  const socket = connect({ port, host: '127.0.0.1' });
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.write(bytes);
  await once(socket, 'close');
  const [head = '', body = ''] = answer.split('\r\n\r\n');
  return { head, body };
}

let port: number;
let url: string;
beforeAll(async () => {
  port = await listen();
  url = `http://127.0.0.1:${port}`;
});

describe('what never becomes a request is answered with a problem and cut off', () => {
  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400, 'malformed-request', 'Bad Request'],
    [
      'a malformed header field',
      'GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n',
      400,
      'malformed-request',
      'Bad Request',
    ],
    [
      'a header that is too large',
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      431,
      'headers-too-large',
      'Request Header Fields Too Large',
    ],
  ])('%s', async (_what, bytes, status, code, title) => {
    const { head, body } = await exchange(port, bytes);
    expect(head.split('\r\n')[0]).toBe(`HTTP/1.1 ${status} ${title}`);
    const problem = JSON.parse(body) as { requestId: string };
    expect(problem).toEqual({
      type: 'about:blank',
      title,
      status,
      detail: expect.any(String) as string,
      code,
      requestId: expect.stringMatching(/^[\da-f-]{36}$/) as string,
    });
    expect(head).toMatch(/\r\ncontent-type: application\/problem\+json/);
    expect(head).toMatch(/\r\nconnection: close/);
    expect(head).toContain(`x-request-id: ${problem.requestId}`);
    expect(head).toContain(`content-length: ${Buffer.byteLength(body)}`);
  });

  test.each([
    ['no Host', 'GET /id HTTP/1.1\r\n\r\n', 400, 'malformed-request'],
    ['two Hosts', 'GET /id HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', 400, 'malformed-request'],
    ['another major version', 'GET /id HTTP/2.0\r\nHost: x\r\n\r\n', 400, 'malformed-request'],
    ['the wish for a tunnel', 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n', 405, 'method-not-allowed'],
  ])('%s', async (_what, bytes, status, code) => {
    const { head, body } = await exchange(port, bytes);
    expect(head.split(' ')[1]).toBe(String(status));
    expect(head).toMatch(/\r\nconnection: close/);
    const problem = JSON.parse(body) as { requestId: string };
    expect(problem).toMatchObject({ type: 'about:blank', status, code });
    expect(head).toContain(`x-request-id: ${problem.requestId}`);
  });

  test.each([
    ['half a header', 'GET / HTTP/1.1\r\nHost: x\r\n'],
    [
      'half a body',
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{"a"',
    ],
  ])('%s within HTTP_REQUEST_TIMEOUT_MS: 408', async (_what, bytes) => {
    const impatient = await listen({ HTTP_REQUEST_TIMEOUT_MS: '200' });
    const began = performance.now();
    const { head, body } = await exchange(impatient, bytes);
    expect(head).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/);
    expect(JSON.parse(body)).toMatchObject({ status: 408, code: 'request-timeout' });
    expect(performance.now() - began).toBeLessThan(4_000);
  });

  test('but a connection without a byte is closed without a word', async () => {
    const impatient = await listen({ HTTP_REQUEST_TIMEOUT_MS: '200' });
    expect(await exchange(impatient, '')).toEqual({ head: '', body: '' });
  });

  test('and never into an answer that has begun', async () => {
    const socket = connect({ port, host: '127.0.0.1' });
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', () => undefined);
    socket.write('GET /stream?ms=800 HTTP/1.1\r\nHost: x\r\n\r\n');
    await once(socket, 'data');
    socket.write('rubbish\r\n\r\n');
    await once(socket, 'close');
    expect(answer).toContain('begun ');
    expect(answer).not.toContain('malformed-request');
  });
});

test('an expectation that nobody knows is passed over', async () => {
  const bytes = 'GET /id HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nConnection: close\r\n\r\n';
  expect((await exchange(port, bytes)).head).toMatch(/^HTTP\/1\.1 200 /);
});

describe('a path that the router cannot read is answered with a problem', () => {
  test.each([
    ['badly escaped', '/echo/%zz', 400, 'malformed-request', 'Bad Request'],
    ['with a parameter that is too long', `/items/${'x'.repeat(201)}`, 414, 'path-too-long', 'URI Too Long'],
  ])('%s', async (_what, path, status, code, title) => {
    const response = await fetch(`${url}${path}`, { headers: { 'x-request-id': 'given' } });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(response.headers.get('x-request-id')).toBe('given');
    expect(await response.json()).toEqual({
      type: 'about:blank',
      title,
      status,
      detail: expect.any(String) as string,
      code,
      requestId: 'given',
    });
  });
});

describe('bodies', () => {
  const post = (body: string, type: string) =>
    fetch(`${url}/echo`, { method: 'POST', body, headers: { 'content-type': type } });

  test('JSON is parsed', async () => {
    expect(await (await post('{"a":[1]}', 'application/json')).json()).toEqual({ body: { a: [1] } });
  });

  test('forms are refused with 415', async () => {
    expect((await post('a=1', 'application/x-www-form-urlencoded')).status).toBe(415);
  });

  test('malformed JSON is refused with 400', async () => {
    expect((await post('{"a"', 'application/json')).status).toBe(400);
  });

  test('prototype poisoning is refused', async () => {
    expect((await post('{"__proto__":{"a":1}}', 'application/json')).status).toBe(400);
  });

  test('one that is larger than HTTP_BODY_LIMIT_BYTES is refused with 413', async () => {
    const small = await listen({ HTTP_BODY_LIMIT_BYTES: '1024' });
    const send = (length: number) =>
      fetch(`http://127.0.0.1:${small}/echo`, {
        method: 'POST',
        body: JSON.stringify('x'.repeat(length)),
        headers: { 'content-type': 'application/json' },
      });
    expect((await send(1_022)).status).toBe(201);
    expect((await send(1_023)).status).toBe(413);
  });

  test.each([
    ['bytes that are not UTF-8, which would all be read as the same', 400, '"\xff"', 'identity'],
    ['a content coding', 415, '{}', 'gzip'],
  ])('with %s are refused with %i', async (_what, status, latin1, coding) => {
    const headers = { 'content-type': 'application/json', 'content-encoding': coding };
    const response = await fetch(`${url}/echo`, {
      method: 'POST',
      body: Buffer.from(latin1, 'latin1'),
      headers,
    });
    expect(response.status).toBe(status);
  });

  test('DELETE needs none, whether or not it names a type', async () => {
    expect((await fetch(`${url}/thing`, { method: 'DELETE' })).status).toBe(204);
    const typed = { method: 'DELETE', headers: { 'content-type': 'application/json' } };
    expect((await fetch(`${url}/thing`, typed)).status).toBe(204);
  });
});

describe('the id of a request', () => {
  const idFor = async (header?: string) => {
    const headers: Record<string, string> = header === undefined ? {} : { 'x-request-id': header };
    return ((await (await fetch(`${url}/id`, { headers })).json()) as { id: string }).id;
  };

  test.each([
    'abc-123',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    'A/b+c=:.',
    'x'.repeat(128),
  ])('is the one that the caller gave when it is harmless: %s', async (given) => {
    expect(await idFor(given)).toBe(given);
  });

  test.each(['', 'a b', 'a"b', '{"a":1}', '<script>', 'a;b', 'x'.repeat(129), 'ü'])(
    'is a new one when it is not: %s',
    async (given) => {
      expect(await idFor(given)).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
    },
  );

  test('is new for each request that brings none', async () => {
    expect(await idFor()).not.toBe(await idFor());
  });
});

describe('the client address', () => {
  const addressWith = async (hops: string) => {
    const proxied = await listen({ TRUSTED_PROXY_HOPS: hops });
    const headers = { 'x-forwarded-for': '203.0.113.1, 203.0.113.2' };
    const response = await fetch(`http://127.0.0.1:${proxied}/id`, { headers });
    return ((await response.json()) as { ip: string }).ip;
  };

  test.each([
    ['0', '127.0.0.1'],
    ['1', '203.0.113.2'],
    ['2', '203.0.113.1'],
  ])('with %s trusted proxies is %s', async (hops, address) => {
    expect(await addressWith(hops)).toBe(address);
  });
});
