/** Wherever an object with such a key is logged, even by mistake. */
const SECRET_KEY = /passw|token|secret|authorization|cookie|api[-_]?key|credential/i;
const PASSWORD_IN_URL = /(:\/\/[^\s/:@]*:)[^\s@]+@/g;
const REDACTED = '[redacted]';

/** Deep enough for what is logged on purpose, short enough for a loop. */
const MAX_DEPTH = 5;

export type LogFields = Record<string, unknown>;

/** Whatever was thrown is written like this, as `err`. */
export interface LoggedError {
  type: string;
  message: string;
  code?: unknown;
  stack?: string;
  cause?: LoggedError;
  errors?: LoggedError[];
}

/** What may be written of a value: no secrets, and of an error only what `loggableError` keeps. */
export function loggable(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutPasswords(value);
  // JSON has none.
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return loggableError(value, depth);
  if (depth > MAX_DEPTH) return '[nested too deeply]';
  if (Array.isArray(value)) return value.map((item) => loggable(item, depth + 1));
  if (hasToJson(value)) return loggable(value.toJSON(), depth + 1);
  return addLoggable({}, value, depth);
}

function hasToJson(value: object): value is { toJSON: () => unknown } {
  return 'toJSON' in value && typeof value.toJSON === 'function';
}

/** Adds the fields to `target`, as far as they may be written. @returns it */
export function addLoggable(target: LogFields, fields: object, depth = 0): LogFields {
  for (const key of Object.keys(fields)) {
    const kept = loggableField(key, (fields as LogFields)[key], depth + 1);
    // A field like any other, and not what `target` inherits from: clients name header fields.
    if (key === '__proto__') Object.defineProperty(target, key, { value: kept, enumerable: true });
    else target[key] = kept;
  }
  return target;
}

function loggableField(key: string, value: unknown, depth: number): unknown {
  if (hides(key, value)) return REDACTED;
  return key === 'err' && value !== undefined ? loggableThrown(value, depth) : loggable(value, depth);
}

/** A number or a boolean is a count or a setting: `tokens: 3`. */
function hides(key: string, value: unknown): boolean {
  return (typeof value === 'string' || typeof value === 'object') && value !== null && isSecret(key);
}

/** Of the keys of our own code, which are few; those of clients may be many. */
const verdicts = new Map<string, boolean>();
const MAX_VERDICTS = 1_000;

/** Looks at each key once: the expression takes longer than all else about a field. */
function isSecret(key: string): boolean {
  const known = verdicts.get(key);
  if (known !== undefined) return known;
  const verdict = SECRET_KEY.test(key);
  if (verdicts.size < MAX_VERDICTS) verdicts.set(key, verdict);
  return verdict;
}

/** Anything can be thrown; what is neither an error nor a text might hold anything. */
function loggableThrown(thrown: unknown, depth: number): LoggedError {
  if (thrown instanceof Error) return loggableError(thrown, depth);
  const text = typeof thrown === 'string';
  return {
    type: typeof thrown,
    message: text ? withoutPasswords(thrown) : 'something that is not an Error was thrown',
  };
}

/**
 * An error with its chain of causes, and nothing else of it: a driver's error also holds the query's parameters, and a
 * client's error the headers.
 */
function loggableError(error: Error, depth: number): LoggedError {
  const { code, cause } = error as Error & { code?: unknown };
  const parts = error instanceof AggregateError ? (error.errors as unknown[]) : undefined;
  const goesOn = depth < MAX_DEPTH;
  return {
    type: error.name,
    message: withoutPasswords(error.message),
    ...(code !== undefined && { code: loggable(code, depth + 1) }),
    ...(error.stack !== undefined && { stack: withoutPasswords(error.stack) }),
    ...(cause !== undefined && goesOn && { cause: loggableThrown(cause, depth + 1) }),
    ...(parts && goesOn && { errors: parts.map((part) => loggableThrown(part, depth + 1)) }),
  };
}

function withoutPasswords(text: string): string {
  return text.includes('://') ? text.replace(PASSWORD_IN_URL, `$1${REDACTED}@`) : text;
}
