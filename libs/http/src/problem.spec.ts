import {
  ConflictError,
  ForbiddenError,
  InvalidInputError,
  NotFoundError,
  TooManyRequestsError,
  UnauthenticatedError,
  UnavailableError,
} from '@kubernest/errors';
import { HttpException, NotFoundException } from '@nestjs/common';
import { problem, problemFields, problemHeaders } from './problem';

test.each([
  [400, new InvalidInputError('The input is not valid')],
  [401, new UnauthenticatedError('unauthenticated', 'Sign in')],
  [403, new ForbiddenError('not-yours', 'It is not yours')],
  [404, new NotFoundError('invoice-not-found', 'There is no such invoice')],
  [409, new ConflictError('email-taken', 'It is taken')],
  [429, new TooManyRequestsError('Wait', 7)],
  [503, new UnavailableError('postgres')],
])('status %i is what our own error of that kind means, with its code and message', (status, error) => {
  expect(problemFields(error)).toEqual({ status, code: error.code, detail: error.message });
});

test('the faults of an input are told with their places', () => {
  const faults = [{ pointer: '/email', detail: 'Invalid email address' }];
  expect(problemFields(new InvalidInputError('The input is not valid', faults)).errors).toEqual(faults);
});

describe('an error that is not ours', () => {
  const secret = 'select * from invoice';

  test.each([
    ['of the program', new TypeError(secret)],
    ['of a driver', Object.assign(new Error(secret), { code: '42P01', statusCode: undefined })],
    ['of a server', new HttpException(secret, 502)],
    ['that is no error', secret],
    ['that is nothing', undefined],
  ])('%s is a 500 that tells nothing of it', (_name, error) => {
    const fields = problemFields(error);
    expect(fields).toMatchObject({ status: 500, code: 'internal-error' });
    expect(JSON.stringify(fields)).not.toContain(secret);
  });

  test.each([
    ['by Nest', new NotFoundException(secret), 404, 'no-such-route'],
    ['by Fastify', Object.assign(new Error(secret), { statusCode: 413 }), 413, 'body-too-large'],
    ['for a reason of its own', new HttpException(secret, 418), 418, 'refused'],
  ])(
    'which refuses a request %s keeps its status, and says it in our words',
    (_name, error, status, code) => {
      const fields = problemFields(error);
      expect(fields).toMatchObject({ status, code });
      expect(JSON.stringify(fields)).not.toContain(secret);
    },
  );
});

test('a problem has the members of RFC 9457, and errors only where there are some', () => {
  const members = problem({ status: 404, code: 'no-such-route', detail: 'There is none.' }, 'request-1');
  expect(members).toEqual({
    type: 'about:blank',
    title: 'Not Found',
    status: 404,
    detail: 'There is none.',
    code: 'no-such-route',
    requestId: 'request-1',
  });
});

test.each([
  [401, new UnauthenticatedError('unauthenticated', 'Sign in'), { 'www-authenticate': 'Bearer' }],
  [429, new TooManyRequestsError('Wait', 7), { 'retry-after': '7' }],
  [503, new UnavailableError('redis'), { 'retry-after': '1' }],
  [409, new ConflictError('email-taken', 'It is taken'), {}],
])('a problem with status %i has the header fields that belong to it', (status, error, headers) => {
  expect(problemHeaders(error, status)).toEqual(headers);
});
