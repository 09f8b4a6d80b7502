export {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  PlatformError,
  TooManyRequestsError,
  UnauthenticatedError,
  UnavailableError,
} from './errors';
export type { ErrorKind, Fault, LogLevel } from './errors';
