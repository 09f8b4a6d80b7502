import { FastifyAdapter } from '@nestjs/platform-fastify';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { refuseConnection, refuseUrl } from './refusals';
import { cutStalledReaders } from './stalled-readers';
import { beStrict } from './strict-http';
import type { HttpConfig } from './variables';

/** How often Node looks for requests that are late: so exact is HTTP_REQUEST_TIMEOUT_MS. Its own default is 30 s. */
const LATE_REQUESTS_CHECK_MS = 1_000;

/** Fastify with the limits of the configuration. */
export function createHttpAdapter(config: HttpConfig): FastifyAdapter {
  const requestTimeout = config.HTTP_REQUEST_TIMEOUT_MS;
  const adapter = new FastifyAdapter({
    // During the drain requests are served; Fastify's own 503 is the failure that a drain exists to avoid.
    return503OnClosing: false,
    bodyLimit: config.HTTP_BODY_LIMIT_BYTES,
    requestTimeout,
    // Node takes the longer of the two for the whole request: its own 60 s for the header would become the limit.
    http: {
      requestTimeout,
      headersTimeout: requestTimeout,
      connectionsCheckingInterval: LATE_REQUESTS_CHECK_MS,
      // Node's own refusal has no body: see strict-http.ts.
      requireHostHeader: false,
    },
    keepAliveTimeout: config.HTTP_KEEP_ALIVE_TIMEOUT_MS,
    trustProxy: config.TRUSTED_PROXY_HOPS > 0 && ((_address, hop) => hop < config.TRUSTED_PROXY_HOPS),
    genReqId: requestId,
    clientErrorHandler: refuseConnection,
    frameworkErrors: refuseUrl,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
  });
  beStrict(adapter.getInstance());
  cutStalledReaders(adapter.getInstance().server, requestTimeout);
  return adapter;
}

const REQUEST_ID = /^[\w.:+/=-]{1,128}$/;

/** The caller's X-Request-Id where it is harmless to log and to return, else a new one. */
export function requestId(request: Pick<IncomingMessage, 'headers'>): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}
