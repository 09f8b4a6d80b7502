import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  PlatformError,
  TooManyRequestsError,
  UnauthenticatedError,
  UnavailableError,
} from '.';

describe('an error of the platform', () => {
  test.each([
    [new InvalidInputError('no'), 'InvalidInputError', 'invalid-input', 'invalid-input', 'debug'],
    [
      new UnauthenticatedError('bad-token', 'no'),
      'UnauthenticatedError',
      'unauthenticated',
      'bad-token',
      'debug',
    ],
    [new ForbiddenError('not-yours', 'no'), 'ForbiddenError', 'forbidden', 'not-yours', 'debug'],
    [new NotFoundError('no-such-invoice', 'no'), 'NotFoundError', 'not-found', 'no-such-invoice', 'debug'],
    [new ConflictError('email-taken', 'no'), 'ConflictError', 'conflict', 'email-taken', 'debug'],
    [
      new TooManyRequestsError('no', 7),
      'TooManyRequestsError',
      'too-many-requests',
      'too-many-requests',
      'debug',
    ],
    [new UnavailableError('redis', 'no'), 'UnavailableError', 'unavailable', 'unavailable', 'warn'],
  ])('%s has its name, kind, code and log level', (error, name, kind, code, logLevel) => {
    expect(error).toBeInstanceOf(PlatformError);
    expect(error).toMatchObject({ name, kind, code, logLevel, message: 'no' });
  });

  test('keeps its cause', () => {
    const cause = new Error('ECONNREFUSED');
    expect(new UnavailableError('postgres', undefined, { cause }).cause).toBe(cause);
    expect(new InvalidInputError('no', [], { cause }).cause).toBe(cause);
    expect(new NotFoundError('gone', 'no', { cause }).cause).toBe(cause);
  });
});

test('invalid input names each fault by its place', () => {
  const faults = [{ pointer: '/email', detail: 'must be an address' }];
  expect(new InvalidInputError('see faults', faults).faults).toBe(faults);
});

test('too many requests says when to come back', () => {
  expect(new TooManyRequestsError('slow down', 30).retryAfterSeconds).toBe(30);
});

test('an unavailable dependency is named, with the next step', () => {
  const error = new UnavailableError('postgres');
  expect(error).toMatchObject({
    dependency: 'postgres',
    message: 'postgres is not available: try again later',
  });
});
