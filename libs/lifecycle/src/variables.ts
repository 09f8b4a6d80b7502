import { ConfigOf, defineVariables, duration, integer, listOf } from '@kubernest/config';
import { isIP } from 'node:net';
import { z } from 'zod';

export type LifecycleConfig = ConfigOf<typeof lifecycleVariables>;
export type HttpConfig = ConfigOf<ReturnType<typeof httpVariables>>;

export const lifecycleVariables = defineVariables(
  {
    SHUTDOWN_DRAIN_MS: {
      about:
        'How long requests are still served after SIGTERM, while readiness answers 503 and load balancers look elsewhere.',
      schema: duration({ min: 0, max: 600_000, unit: 'ms' }),
      default: '5000',
    },
    SHUTDOWN_TIMEOUT_MS: {
      about:
        'Bounds the whole shutdown, drain included. Past it the process logs what is still open and exits non-zero. Keep it and the preStop sleep below terminationGracePeriodSeconds.',
      schema: duration({ min: 100, max: 3_600_000, unit: 'ms' }),
      default: '20000',
    },
    READINESS_CRITICAL: {
      about: 'Dependencies whose failure makes readiness answer 503. The others are reported as degraded.',
      schema: listOf(['postgres', 'redis']),
      default: 'postgres,redis',
    },
    READINESS_TIMEOUT_MS: {
      about: 'Bounds each readiness check. Keep it below the timeoutSeconds of the readiness probe.',
      schema: duration({ min: 10, max: 60_000, unit: 'ms' }),
      default: '1000',
    },
  },
  [
    {
      holds: (values) => values.SHUTDOWN_DRAIN_MS < values.SHUTDOWN_TIMEOUT_MS,
      message: 'SHUTDOWN_DRAIN_MS must be less than SHUTDOWN_TIMEOUT_MS, which bounds the whole shutdown',
    },
  ],
);

const httpLimits = {
  HOST: {
    about: 'IP address to listen on: 0.0.0.0 for every one of the machine, 127.0.0.1 for callers on it only.',
    // Of a name with two addresses, Fastify would not await the requests on the second.
    schema: z
      .string()
      .refine((value) => isIP(value) !== 0)
      .describe('an IP address'),
    default: '0.0.0.0',
  },
  HTTP_BODY_LIMIT_BYTES: {
    about: 'Largest request body; a larger one is answered with 413.',
    schema: integer({ min: 1024, max: 1_073_741_824 }),
    default: '1048576',
  },
  HTTP_REQUEST_TIMEOUT_MS: {
    about:
      'How long a client may take to send a whole request, and how long it may read nothing of an answer. Slower ones are cut (slowloris).',
    schema: duration({ min: 100, max: 3_600_000, unit: 'ms' }),
    default: '30000',
  },
  HTTP_KEEP_ALIVE_TIMEOUT_MS: {
    about:
      'How long an idle connection is kept. Longer than the keep-alive of the load balancer in front, or it reuses a connection that is just being closed.',
    schema: duration({ min: 100, max: 3_600_000, unit: 'ms' }),
    default: '75000',
  },
  TRUSTED_PROXY_HOPS: {
    about:
      'How many proxies in front add to X-Forwarded-For. 0 takes the address of the connection; too many lets clients choose their address.',
    schema: integer({ min: 0, max: 10 }),
    default: '0',
  },
};

/** The variables of a process that serves HTTP; the default port is the app's own. */
export function httpVariables({ port }: { port: number }) {
  return defineVariables({
    PORT: {
      about: 'Port of the HTTP server with the probes. 0 takes a free one.',
      schema: integer({ min: 0, max: 65_535 }),
      default: String(port),
    },
    ...httpLimits,
  });
}
