import { ErrorKind, Fault, InvalidInputError, PlatformError, TooManyRequestsError } from '@kubernest/errors';
import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';

/** RFC 9457. `code`, `requestId` and `errors` are its extension members; `type` is the default. */
export interface Problem {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  /** Stable and machine-readable. */
  code: string;
  requestId: string;
  errors?: readonly Fault[];
}

export type Fields = Pick<Problem, 'status' | 'detail' | 'code'> & Partial<Pick<Problem, 'errors'>>;

/** The only place that knows what a kind of error is in HTTP. */
const STATUS: Record<ErrorKind, number> = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  'too-many-requests': 429,
  unavailable: 503,
};

/** What Nest and Fastify refuse before our code is called. Their own messages may repeat what the client sent. */
const REFUSED: Record<number, Omit<Fields, 'status'>> = {
  400: { code: 'malformed-request', detail: 'The request is not well-formed: send valid JSON in UTF-8.' },
  404: { code: 'no-such-route', detail: 'There is no such route: see /openapi.json.' },
  405: { code: 'method-not-allowed', detail: 'The route does not take this method: see /openapi.json.' },
  408: { code: 'request-timeout', detail: 'The request did not arrive in time: send it again.' },
  413: { code: 'body-too-large', detail: 'The body is too large.' },
  414: { code: 'path-too-long', detail: 'The path is too long.' },
  415: { code: 'unsupported-media-type', detail: 'Send the body as application/json.' },
  431: { code: 'headers-too-large', detail: 'The header fields are too large.' },
};

const INTERNAL: Fields = {
  status: 500,
  code: 'internal-error',
  detail: 'Something went wrong on our side. Quote requestId when you report it.',
};

/** What the client is told of an error: nothing of a stack, a query or a driver. */
export function problemFields(error: unknown): Fields {
  if (error instanceof PlatformError) {
    const errors =
      error instanceof InvalidInputError && error.faults.length > 0 ? { errors: error.faults } : {};
    return { status: STATUS[error.kind], code: error.code, detail: error.message, ...errors };
  }
  const status =
    error instanceof HttpException
      ? error.getStatus()
      : (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status !== 'number' || status < 400 || status >= 500) return INTERNAL;
  return { status, ...(REFUSED[status] ?? { code: 'refused', detail: 'The request was refused.' }) };
}

export function problem({ status, detail, code, errors }: Fields, requestId: string): Problem {
  const title = STATUS_CODES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, code, requestId, ...(errors && { errors }) };
}

/** Header fields that belong to the answer: RFC 6750 for 401, RFC 9110 (10.2.3) for 429 and 503. */
export function problemHeaders(error: unknown, status: number): Record<string, string> {
  if (status === 401) return { 'www-authenticate': 'Bearer' };
  if (error instanceof TooManyRequestsError) return { 'retry-after': String(error.retryAfterSeconds) };
  return status === 503 ? { 'retry-after': '1' } : {};
}
