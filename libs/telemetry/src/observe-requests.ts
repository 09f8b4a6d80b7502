import type { OpenRequests, RequestEnd } from '@kubernest/lifecycle';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { AsyncResource } from 'node:async_hooks';
import { logAtTheTurnsEnd } from './log-output';
import { requestContext } from './request-context';
import type { RequestMetrics } from './request-metrics';

declare module 'fastify' {
  interface FastifyRequest {
    /** By `performance.now()`. */
    beganAtMs: number;
    /** What it knows of itself by its end; undefined for what no hook has seen. */
    scope: AsyncResource | undefined;
  }
}

/** Where the probes are: of no interest to whoever reads of requests. */
export const PROBES = '/health/';

const MESSAGES: Record<RequestEnd, string> = {
  answered: 'request',
  abandoned: 'request aborted by the client',
  cut: 'request cut off',
};

/** One log line and one observation per request, and its id on every line and on the response (`X-Request-Id`). */
export function observeRequests(
  server: FastifyInstance,
  metrics: RequestMetrics,
  requests: OpenRequests,
): void {
  const logger = new Logger('Request');
  server.decorateRequest('beganAtMs', 0);
  server.decorateRequest('scope', undefined);
  server.addHook('onRequest', (request, reply, done) => {
    request.beganAtMs = performance.now();
    void reply.header('x-request-id', request.id);
    requestContext.run({ requestId: request.id }, () => {
      request.scope = new AsyncResource('Request');
      done();
    });
  });
  const observe = (request: FastifyRequest, status: number, msg: string): void => {
    const about = describe(request);
    const durationMs = performance.now() - request.beganAtMs;
    metrics.observe({ ...about, status, seconds: durationMs / 1000 });
    const line = { msg, ...about, status, durationMs: Math.round(durationMs * 10) / 10 };
    logAtTheTurnsEnd(() => {
      if (about.route.startsWith(PROBES)) logger.debug(line);
      else logger.log(line);
    });
  };
  requests.onEnd(({ request }, end, status) => {
    // Node tells of the end in the context of whatever made it known: the connection, or another request on it.
    request.scope?.runInAsyncScope(() => observe(request, status, MESSAGES[end]));
  });
}

function describe(request: FastifyRequest) {
  const route = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
  return { requestId: request.id, method: request.method, route };
}
