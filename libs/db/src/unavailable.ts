import { UnavailableError } from '@kubernest/errors';

/**
 * SQLSTATEs (PostgreSQL, appendix A) that say "not now" rather than "not like this": connection exceptions, resources,
 * operator intervention (shutdown, cancelled by a time-out), lock time-out, a server that is read-only for the moment.
 */
const SQLSTATE = /^(08...|53...|57...|58...|55P03|25006|40001|40P01|25P03)$/;
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
/** pg and pg-pool throw these without a code. */
const MESSAGE =
  /timeout exceeded when trying to connect|connection terminated|query read timeout|pool after calling end|client has encountered a connection error/i;

/** The same error, or an UnavailableError where Postgres is away, overloaded or too slow. */
export function asUnavailable(error: unknown): unknown {
  const cause = (error as { driverError?: unknown }).driverError ?? error;
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const known = typeof code === 'string' && (NETWORK.has(code) || SQLSTATE.test(code));
  if (known || (typeof message === 'string' && MESSAGE.test(message))) {
    const detail =
      typeof code === 'string' ? `postgres is not available (${code}): try again later` : undefined;
    return new UnavailableError('postgres', detail, { cause: error });
  }
  return error;
}
