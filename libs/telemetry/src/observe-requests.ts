import type { OpenRequests, RequestEnd } from '@kubernest/lifecycle';
import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { logAtTheTurnsEnd } from './log-output';
import type { RequestMetrics } from './request-metrics';
import { scopes, type Scope } from './scope';
import { tracing, type Outcome } from './tracing';

declare module 'fastify' {
  interface FastifyRequest {
    /** By `performance.now()`. */
    beganAtMs: number;
    /** What it knows of itself by its end; undefined for what no hook has seen. */
    scope: Scope | undefined;
  }
}

const MESSAGES: Record<RequestEnd, string> = {
  answered: 'request',
  abandoned: 'request aborted by the client',
  cut: 'request cut off',
};

/**
 * One log line and one observation per request, its id on every line and on the response (`X-Request-Id`), and a span but for the
 * probes, where traces are on.
 */
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
    const place = isProbe(request) ? undefined : tracing.beginRequest(request);
    request.scope = { request: { requestId: request.id }, place };
    scopes.run(request.scope, done);
  });
  const observe = (request: FastifyRequest, outcome: Outcome): void => {
    const { status, end } = outcome;
    const durationMs = performance.now() - request.beganAtMs;
    const about = { ...describe(request), status };
    metrics.observe({ ...about, seconds: durationMs / 1000 });
    const line = { msg: MESSAGES[end], ...about, durationMs: Math.round(durationMs * 10) / 10 };
    logAtTheTurnsEnd(() => (isProbe(request) ? logger.debug(line) : logger.log(line)));
    if (request.scope?.place) tracing.endRequest(request.scope.place, request, outcome);
  };
  requests.onEnd(({ request }, end, status) => {
    const { scope = { request: { requestId: request.id } } } = request;
    // Node tells of the end in the context of whatever made it known: the connection, or another request on it.
    scopes.run(scope, observe, request, { end, status });
  });
}

function describe({ is404, method, routeOptions }: FastifyRequest) {
  return { method, route: is404 ? 'unmatched' : (routeOptions.url ?? 'unmatched') };
}

/** Of no interest to whoever reads of requests. */
function isProbe({ is404, routeOptions }: FastifyRequest): boolean {
  return !is404 && (routeOptions.url?.startsWith('/health/') ?? false);
}
