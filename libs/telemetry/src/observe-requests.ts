import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from './metrics';
import { requestContext } from './request-context';

const PROBES = '/health/';

/** One log line and one observation per request, and its id on every line and on the response (`X-Request-Id`). */
export function observeRequests(server: FastifyInstance, metrics: Metrics): void {
  const logger = new Logger('Request');
  server.addHook('onRequest', (request, reply, done) => {
    void reply.header('x-request-id', request.id);
    requestContext.run({ requestId: request.id }, done);
  });
  server.addHook('onResponse', (request, reply, done) => {
    observe(request, reply, metrics, logger);
    done();
  });
  server.addHook('onRequestAbort', (request, done) => {
    logger.log({ msg: 'request aborted by the client', ...describe(request) });
    done();
  });
}

function observe(request: FastifyRequest, reply: FastifyReply, metrics: Metrics, logger: Logger): void {
  const about = describe(request);
  const { statusCode: status, elapsedTime } = reply;
  metrics.observeRequest({ method: about.method, route: about.route, status, seconds: elapsedTime / 1000 });
  const line = { msg: 'request', ...about, status, durationMs: Math.round(elapsedTime * 10) / 10 };
  if (about.route.startsWith(PROBES)) logger.debug(line);
  else logger.log(line);
}

function describe(request: FastifyRequest) {
  const route = request.is404 ? 'unmatched' : (request.routeOptions.url ?? 'unmatched');
  return { requestId: request.id, method: request.method, route };
}
