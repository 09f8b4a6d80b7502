import { ConfigOf, defineVariables, duration, integer, text } from '@kubernest/config';
import type { redisVariables } from '@kubernest/redis';
import { z } from 'zod';

/** What SessionsModule takes: its own variables, and the first part of its keys in Redis. */
export type SessionsConfig = ConfigOf<typeof sessionVariables> &
  Pick<ConfigOf<typeof redisVariables>, 'REDIS_KEY_PREFIX'>;
export const SESSIONS_CONFIG = Symbol('SESSIONS_CONFIG');

export type SessionCleanupConfig = ConfigOf<typeof sessionCleanupVariables>;
export const SESSION_CLEANUP_CONFIG = Symbol('SESSION_CLEANUP_CONFIG');

/** RFC 7518, 3.2: a key of HS256 has at least the size of its hash. */
const MIN_SECRET_BYTES = 32;
const DAY_SECONDS = 86_400;

const secretText = () => text({ min: MIN_SECRET_BYTES, max: 1024 });

/** Of a process that serves sessions: the API. */
export const sessionVariables = defineVariables(
  {
    JWT_SECRET: {
      about: 'Signs session tokens (HS256). The same on every pod.',
      schema: secretText(),
      secret: true,
      minSecretBytes: MIN_SECRET_BYTES,
      example: 'change-me-for-32-bytes-from-openssl-rand',
    },
    JWT_SECRET_PREVIOUS: {
      about:
        'Still accepted, signs nothing. To rotate: put the old secret here and a new one in JWT_SECRET; remove it once SESSION_ABSOLUTE_LIFETIME_SECONDS have passed.',
      schema: secretText().optional().describe(`text of ${MIN_SECRET_BYTES} to 1024 characters, or not set`),
      secret: true,
      minSecretBytes: MIN_SECRET_BYTES,
    },
    SESSION_IDLE_LIFETIME_SECONDS: {
      about: 'A session that is not used for this long expires.',
      schema: duration({ min: 2, max: 400 * DAY_SECONDS, unit: 's' }),
      default: String(7 * DAY_SECONDS),
    },
    SESSION_ABSOLUTE_LIFETIME_SECONDS: {
      about: 'A session expires after this long, however much it is used.',
      schema: duration({ min: 2, max: 400 * DAY_SECONDS, unit: 's' }),
      default: String(30 * DAY_SECONDS),
    },
    SESSION_EXTEND_INTERVAL_SECONDS: {
      about:
        'Use of a session extends it with at most one write in this interval, so its idle lifetime is exact to the interval.',
      schema: duration({ min: 1, max: DAY_SECONDS, unit: 's' }),
      default: '300',
    },
    SESSION_REVOCATION_POLL_MS: {
      about:
        'How often each pod asks Postgres for revoked sessions. Cached sessions are trusted for 1000 ms after such a question was put, so less than half of that.',
      schema: duration({ min: 20, max: 450, unit: 'ms' }),
      default: '400',
    },
    PASSWORD_HASH_CONCURRENCY: {
      about:
        'Passwords that one process hashes at a time: each takes 19 MiB and one of four libuv threads for about 20 ms.',
      schema: integer({ min: 1, max: 64 }),
      default: '2',
    },
    SIGN_IN_LIMIT_PER_ADDRESS: {
      about: 'Failed sign-ins from one client address (IPv6: /64 network) in a window; more are refused.',
      schema: integer({ min: 1, max: 1_000_000 }),
      default: '50',
    },
    SIGN_IN_LIMIT_PER_ACCOUNT: {
      about: 'Failed sign-ins to one account in a window, from everywhere; more are refused.',
      schema: integer({ min: 1, max: 1_000_000 }),
      default: '10',
    },
    SIGN_IN_LIMIT_WINDOW_SECONDS: {
      about: 'The window of both sign-in limits; it begins with the first attempt.',
      schema: duration({ min: 1, max: DAY_SECONDS, unit: 's' }),
      default: '300',
    },
  },
  [
    {
      holds: (values) => values.SESSION_EXTEND_INTERVAL_SECONDS < values.SESSION_IDLE_LIFETIME_SECONDS,
      message:
        'SESSION_EXTEND_INTERVAL_SECONDS must be less than SESSION_IDLE_LIFETIME_SECONDS, or use would come too late to extend',
    },
    {
      holds: (values) => values.SESSION_IDLE_LIFETIME_SECONDS <= values.SESSION_ABSOLUTE_LIFETIME_SECONDS,
      message: 'SESSION_IDLE_LIFETIME_SECONDS must not be more than SESSION_ABSOLUTE_LIFETIME_SECONDS',
    },
    {
      holds: (values) => values.JWT_SECRET !== values.JWT_SECRET_PREVIOUS,
      message: 'JWT_SECRET and JWT_SECRET_PREVIOUS must differ',
    },
  ],
);

const CRON_FIELD = String.raw`(?:\*|[\dA-Za-z]+(?:-[\dA-Za-z]+)?)(?:\/\d+)?`;
const CRON_PATTERN = new RegExp(
  String.raw`^${CRON_FIELD}(?:,${CRON_FIELD})*(?: ${CRON_FIELD}(?:,${CRON_FIELD})*){4,5}$`,
);

/** Of a process that runs the cleanup: the worker. It needs none of the API's secrets. */
export const sessionCleanupVariables = defineVariables({
  SESSION_CLEANUP_SCHEDULE: {
    about:
      'When the worker deletes expired sessions: five cron fields, or six with seconds first, in UTC. Not set: the worker does not schedule it (a CronJob does).',
    schema: z
      .string()
      .regex(CRON_PATTERN)
      .optional()
      .describe('five cron fields separated by single spaces, or six with seconds first'),
    example: '0 2 * * *',
  },
  SESSION_CLEANUP_BATCH_SIZE: {
    about: 'Sessions that the cleanup deletes in one transaction; on average, where it goes by pages.',
    schema: integer({ min: 1, max: 100_000 }),
    default: '1000',
  },
  SESSION_CLEANUP_PAUSE_MS: {
    about: 'Pause of the cleanup between two batches, so that the API does not suffer. 0 is full speed.',
    schema: duration({ min: 0, max: 60_000, unit: 'ms' }),
    default: '50',
  },
});
