import { UnavailableError } from '@kubernest/errors';
import { QueryFailedError } from 'typeorm';
import { asUnavailable } from './unavailable';

function fromPostgres(code: string, severity = 'ERROR'): Error {
  return new QueryFailedError('SELECT 1', [], Object.assign(new Error('said Postgres'), { code, severity }));
}

it.each([
  ['08006', 'the connection failed'],
  ['25006', 'a standby is read-only'],
  ['25P03', 'a transaction sat idle'],
  ['40001', 'two transactions got in each other’s way'],
  ['40P01', 'a deadlock was broken'],
  ['53300', 'there are too many connections'],
  ['53100', 'the disk is full'],
  ['55P03', 'a lock was not had in time'],
  ['57014', 'the statement took too long'],
  ['57P01', 'the server shuts down'],
  ['57P03', 'the server starts up'],
])('SQLSTATE %s is unavailable: %s', (code) => {
  expect(asUnavailable(fromPostgres(code))).toMatchObject({ kind: 'unavailable', dependency: 'postgres' });
});

it.each([
  ['23505', 'a value is taken'],
  ['23503', 'a reference is missing'],
  ['22P02', 'a value is malformed'],
  ['42601', 'the SQL is wrong'],
  ['42P01', 'a table is missing'],
  ['42501', 'a right is missing'],
  ['58P01', 'a file of an extension is missing'],
  ['28P01', 'the password is wrong'],
])('SQLSTATE %s stays as it is: %s', (code) => {
  const error = fromPostgres(code);
  expect(asUnavailable(error)).toBe(error);
});

it('tells a statement with a parameter too few from a connection pooler that is full', () => {
  const mistake = fromPostgres('08P01', 'ERROR');
  expect(asUnavailable(mistake)).toBe(mistake);
  expect(asUnavailable(fromPostgres('08P01', 'FATAL'))).toBeInstanceOf(UnavailableError);
});

it.each(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])(
  'the network’s %s is unavailable',
  (code) => {
    expect(asUnavailable(Object.assign(new Error('connect'), { code }))).toBeInstanceOf(UnavailableError);
  },
);

it.each([
  'timeout exceeded when trying to connect',
  'timeout expired',
  'Connection terminated unexpectedly',
  'Connection terminated due to connection timeout',
  'Query read timeout',
  'Cannot use a pool after calling end on the pool',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
])('the driver’s "%s" is unavailable', (message) => {
  expect(asUnavailable(new Error(message))).toBeInstanceOf(UnavailableError);
});

it('keeps the cause, and shows a code but no address and no SQL', () => {
  const cause = Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' });
  expect(asUnavailable(cause)).toMatchObject({
    message: 'postgres is not available (ECONNREFUSED): try again later',
    cause,
  });
});

it.each([new Error('out of cheese'), 'a text', undefined, null, { code: 'E_OTHER' }])(
  'leaves everything else as it is: %p',
  (thrown) => {
    expect(asUnavailable(thrown)).toBe(thrown);
  },
);
