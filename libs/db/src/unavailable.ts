import { UnavailableError } from '@kubernest/errors';

/** SQLSTATEs (PostgreSQL, appendix A) that say "not now" rather than "not like this". */
const SQLSTATES = [
  '08...', // connection exceptions; but see PROTOCOL_VIOLATION
  '25006', // read-only for the moment: a standby
  '25P03', // idle in transaction for too long
  '25P04', // transaction_timeout
  '40001', // serialisation failure
  '40P01', // deadlock
  '53...', // out of disk, memory, connections
  '55P03', // lock_timeout
  '57...', // shutdown, start-up, statement_timeout, ended by an administrator
  '58000', // error of the operating system
  '58030', // I/O error
];
const SQLSTATE = new RegExp(`^(${SQLSTATES.join('|')})$`);
/** As an ERROR a mistake of ours, such as a parameter too few; as FATAL what PgBouncer says when it is full. */
const PROTOCOL_VIOLATION = '08P01';
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
  /timeout exceeded when trying to connect|timeout expired|connection terminated|query read timeout|pool after calling end|client has encountered a connection error|client was closed/i;

/** Read-only, as a standby is, and disk full. */
const CANNOT_WRITE = new Set(['25006', '53100']);

interface DriverError {
  code?: unknown;
  message?: unknown;
  severity?: unknown;
}

/** The same error, or an UnavailableError where Postgres is away, overloaded or too slow. */
export function asUnavailable(error: unknown): unknown {
  if (typeof error !== 'object' || error === null) return error;
  const cause = ((error as { driverError?: unknown }).driverError ?? error) as DriverError;
  if (!saysNotNow(cause)) return error;
  const detail =
    typeof cause.code === 'string' ? `postgres is not available (${cause.code}): try again later` : undefined;
  return new UnavailableError('postgres', detail, { cause: error });
}

/** Whether Postgres would answer the same question if nothing had to be written. */
export function cannotWrite(error: unknown): boolean {
  const { cause } = error as { cause?: { driverError?: DriverError } & DriverError };
  const { code } = cause?.driverError ?? cause ?? {};
  return error instanceof UnavailableError && typeof code === 'string' && CANNOT_WRITE.has(code);
}

function saysNotNow({ code, message, severity }: DriverError): boolean {
  if (code === PROTOCOL_VIOLATION) return severity === 'FATAL';
  if (typeof code === 'string') return NETWORK.has(code) || SQLSTATE.test(code);
  return typeof message === 'string' && MESSAGE.test(message);
}
