import { Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';

interface Refusal {
  status: number;
  code: string;
  detail: string;
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
const MALFORMED: Refusal = {
  status: 400,
  code: 'malformed-request',
  detail: 'The request is not valid HTTP/1.1.',
};

/**
 * Answers what never became a request, with a problem (RFC 9457) as the API's own errors are, and cuts the connection:
 * where the next request would begin is not known.
 */
export function refuseConnection(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const refusal = REFUSALS[error.code ?? ''] ?? MALFORMED;
  const requestId = randomUUID();
  new Logger('Http').debug({ msg: `refused a connection: ${refusal.code}`, requestId, reason: error.code });
  if (socket.writable && !isAnswering(socket)) socket.write(answer(refusal, requestId));
  socket.destroy();
}

/** An answer in the middle of another one would corrupt it. Node keeps the one that is under way at its socket. */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage: response } = socket as Socket & { _httpMessage?: ServerResponse | null };
  return response?.headersSent ?? false;
}

function answer({ status, code, detail }: Refusal, requestId: string): string {
  const title = STATUS_CODES[status] ?? 'Error';
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, code, requestId });
  return [
    `HTTP/1.1 ${status} ${title}`,
    'Connection: close',
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${requestId}`,
    '',
    body,
  ].join('\r\n');
}
