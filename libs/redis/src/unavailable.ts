import { UnavailableError } from '@kubernest/errors';

const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Answers that say "not now" rather than "not like this", and what ioredis says when there is no answer. */
const MESSAGES = [
  '(LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|MISCONF|NOREPLICAS|OOM) ',
  'Command timed out',
  'Command aborted due to connection close',
  'Connection is closed',
  'Socket closed unexpectedly',
  'Socket timeout',
  "Stream isn't writeable",
  'Reached the max retries per request limit',
];
const MESSAGE = new RegExp(`^(${MESSAGES.join('|')})`);

/** The same error, or an UnavailableError where Redis is away, overloaded, too slow or cannot write. */
export function asUnavailable(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  const network = typeof code === 'string' && NETWORK.has(code);
  if (!network && !(typeof message === 'string' && MESSAGE.test(message))) return error;
  return new UnavailableError('redis', undefined, { cause: error });
}
