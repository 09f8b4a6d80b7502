/** `debug` for what a caller is refused: the line of its request tells of that already. */
export type LogLevel = 'debug' | 'warn' | 'error';

/** What went wrong, in terms that hold for a request and a job alike. Only an app knows what a kind means in HTTP. */
export type ErrorKind =
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'too-many-requests'
  | 'unavailable';

/** One fault of an input: where (a JSON pointer, RFC 6901) and what. */
export interface Fault {
  pointer: string;
  detail: string;
}

/**
 * An error that a service throws on purpose. Its message is for the caller: it names the culprit and the next step, and
 * holds no secret. `code` is stable and machine-readable, for example `email-taken`.
 */
export abstract class PlatformError extends Error {
  abstract readonly kind: ErrorKind;
  abstract readonly logLevel: LogLevel;

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class InvalidInputError extends PlatformError {
  readonly kind = 'invalid-input';
  readonly logLevel = 'debug';

  constructor(
    message: string,
    readonly faults: readonly Fault[] = [],
    options?: ErrorOptions,
  ) {
    super('invalid-input', message, options);
  }
}

export class UnauthenticatedError extends PlatformError {
  readonly kind = 'unauthenticated';
  readonly logLevel = 'debug';
}

export class ForbiddenError extends PlatformError {
  readonly kind = 'forbidden';
  readonly logLevel = 'debug';
}

export class NotFoundError extends PlatformError {
  readonly kind = 'not-found';
  readonly logLevel = 'debug';
}

export class ConflictError extends PlatformError {
  readonly kind = 'conflict';
  readonly logLevel = 'debug';
}

export class TooManyRequestsError extends PlatformError {
  readonly kind = 'too-many-requests';
  readonly logLevel = 'debug';

  constructor(
    message: string,
    readonly retryAfterSeconds: number,
  ) {
    super('too-many-requests', message);
  }
}

/** A dependency is away or too slow; the same request may succeed later. */
export class UnavailableError extends PlatformError {
  readonly kind = 'unavailable';
  readonly logLevel = 'warn';

  constructor(
    readonly dependency: string,
    message = `${dependency} is not available: try again later`,
    options?: ErrorOptions,
  ) {
    super('unavailable', message, options);
  }
}
