import { Logger } from '@nestjs/common';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { IncomingMessage, ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

export interface Refusal {
  status: number;
  code: string;
  detail: string;
  /** Faults of the input, each with its place (RFC 6901). */
  errors?: { pointer: string; detail: string }[];
}

/** By the code of Node's error. */
const REFUSALS: Record<string, Refusal> = {
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: 'request-timeout',
    detail: 'The request did not arrive in time: send it again.',
  },
  HPE_CHUNK_EXTENSIONS_OVERFLOW: {
    status: 413,
    code: 'body-too-large',
    detail: 'The chunk extensions are too large.',
  },
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: 'headers-too-large',
    detail: 'The header fields are too large.',
  },
};
const MALFORMED_URL: Refusal = {
  status: 400,
  code: 'malformed-request',
  detail: 'The path is not well-formed.',
};
const URL_TOO_LONG: Refusal = { status: 414, code: 'path-too-long', detail: 'The path is too long.' };
const HOST: Refusal = {
  status: 400,
  code: 'malformed-request',
  detail: 'Send HTTP/1.1 with exactly one Host header field.',
};
const TUNNEL: Refusal = {
  status: 405,
  code: 'method-not-allowed',
  detail: 'This is no proxy: CONNECT is not served.',
};
const MALFORMED: Refusal = {
  status: 400,
  code: 'malformed-request',
  detail: 'The request is not valid HTTP/1.1.',
};

/**
 * Answers what never became a request, with a problem (RFC 9457) as the API's own errors are, and cuts the connection:
 * where the next request would begin is not known.
 */
export function refuseConnection(
  this: FastifyInstance,
  error: Error & { code?: string },
  socket: Socket,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const refusal = REFUSALS[error.code ?? ''] ?? MALFORMED;
  // One that has begun, its body for example is late, has a line of its own.
  const begun = this.openRequests?.cut(refusal.status, socket);
  const requestId = begun ?? randomUUID();
  // On a connection that was opened ahead of need, an answer would be taken for that to the next request.
  const asked = socket.bytesRead > 0;
  if (asked && begun === undefined) logRefusal(refusal, requestId, error.code);
  if (asked && socket.writable && !isAnswering(socket)) socket.write(answer(refusal, requestId));
  socket.destroy();
}

const unreadable = new WeakMap<IncomingMessage, Refusal>();
/** Of no route, and of no wildcard. */
const NOWHERE = '*';

/** Sends what the router cannot read through it once more, so that the hooks see it, which log and count it; `refuseRequest` answers. */
export function refuseUrl(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  unreadable.set(request.raw, error.code === 'FST_ERR_MAX_PARAM_LENGTH' ? URL_TOO_LONG : MALFORMED_URL);
  request.raw.url = NOWHERE;
  request.server.routing(request.raw, reply.raw);
}

/** Answers a request that the router could not read, or that does not say, or says twice, for whom it is. @returns whether it did */
export function refuseRequest(request: FastifyRequest, reply: FastifyReply): boolean {
  const refusal = unreadable.get(request.raw) ?? (isAddressed(request.raw) ? undefined : HOST);
  if (!refusal) return false;
  void reply
    .status(refusal.status)
    .headers({
      ...FIXED_HEADERS,
      ...(refusal === HOST && { connection: 'close' }),
      'x-request-id': request.id,
    })
    .send(problemOf(refusal, request.id));
  return true;
}

/** RFC 9112, 3.2: exactly one Host. Node takes the first of several, behind which a proxy may have taken another. */
function isAddressed({ rawHeaders, httpVersionMajor, httpVersionMinor }: IncomingMessage): boolean {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  return httpVersionMajor === 1 && (hosts === 1 || (hosts === 0 && httpVersionMinor === 0));
}

/** Answers CONNECT, for which Node would close the connection without a word. */
export function refuseTunnel(socket: Socket): void {
  const requestId = randomUUID();
  logRefusal(TUNNEL, requestId);
  socket.on('error', () => undefined);
  socket.end(answer(TUNNEL, requestId), () => socket.destroy());
}

/** In place of the line of a request, which it never became. `fault` is Node's name for what was wrong with it. */
function logRefusal({ status, code }: Refusal, requestId: string, fault?: string): void {
  new Logger('Http').log({ msg: `refused a connection: ${code}`, requestId, status, fault });
}

/** An answer in the middle of another one would corrupt it. Node keeps the one that is under way at its socket. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: ServerResponse | null };
  return response?.headersSent ?? false;
}

const FIXED_HEADERS = {
  'content-type': 'application/problem+json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** Answers with a problem on a server that is not Fastify's. */
export function sendProblem(
  response: ServerResponse,
  refusal: Refusal,
  headers: Record<string, string> = {},
): void {
  const requestId = randomUUID();
  response
    .writeHead(refusal.status, { ...FIXED_HEADERS, 'x-request-id': requestId, ...headers })
    .end(problemOf(refusal, requestId));
}

function problemOf({ status, code, detail, errors }: Refusal, requestId: string): string {
  const title = STATUS_CODES[status] ?? 'Error';
  return JSON.stringify({ type: 'about:blank', title, status, detail, code, requestId, errors });
}

function answer(refusal: Refusal, requestId: string): string {
  const body = problemOf(refusal, requestId);
  const headers = { connection: 'close', ...FIXED_HEADERS, 'x-request-id': requestId };
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status] ?? 'Error'}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
}
