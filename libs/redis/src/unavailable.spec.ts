import { UnavailableError } from '@kubernest/errors';
import { asUnavailable } from './unavailable';

it.each([
  'LOADING Redis is loading the dataset in memory',
  "READONLY You can't write against a read only replica.",
  "OOM command not allowed when used memory > 'maxmemory'.",
  'BUSY Redis is busy running a script.',
  'Command timed out',
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
  'Reached the max retries per request limit (which is 1).',
])('"%s" is unavailable', (message) => {
  const cause = new Error(message);
  expect(asUnavailable(cause)).toMatchObject({ kind: 'unavailable', dependency: 'redis', cause });
});

it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'ENOTFOUND', 'EPIPE'])('%s is unavailable', (code) => {
  expect(asUnavailable(Object.assign(new Error('connect'), { code }))).toBeInstanceOf(UnavailableError);
});

it.each([
  new Error('WRONGTYPE Operation against a key holding the wrong kind of value'),
  new Error("ERR wrong number of arguments for 'get' command"),
  new Error('Custom Id cannot contain :'),
  Object.assign(new Error('ours'), { code: 'email-taken' }),
  'a text',
  undefined,
  null,
])('leaves everything else as it is: %p', (thrown) => {
  expect(asUnavailable(thrown)).toBe(thrown);
});
