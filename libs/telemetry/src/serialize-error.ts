/** Deep enough for every chain that means something, short enough for a loop. */
const MAX_CAUSES = 5;

export interface LoggedError {
  type: string;
  message: string;
  code?: unknown;
  stack?: string;
  cause?: LoggedError;
}

/**
 * An error with its chain of causes, and nothing else of it: a driver's error also holds the query's parameters, and a
 * client's error the headers.
 */
export function serializeError(error: unknown, depth = 0): LoggedError | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof Error))
    return {
      type: typeof error,
      message: typeof error === 'string' ? error : 'something that is not an Error was thrown',
    };
  const { code, cause } = error as Error & { code?: unknown };
  const inner = cause === undefined || depth >= MAX_CAUSES ? undefined : serializeError(cause, depth + 1);
  return {
    type: error.name,
    message: error.message,
    ...(code !== undefined && { code }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(inner && { cause: inner }),
  };
}
