import type { OpenRequests, RequestEnd } from '@kubernest/lifecycle';
import {
  ContextManager,
  defaultTextMapGetter,
  ROOT_CONTEXT,
  Span,
  SpanKind,
  SpanStatusCode,
  TextMapPropagator,
  trace,
  Tracer,
} from '@opentelemetry/api';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PROBES } from './observe-requests';

declare module 'fastify' {
  interface FastifyRequest {
    /** Undefined for what is not traced, and for what no hook has seen. */
    span: Span | undefined;
  }
}

interface Tools {
  contexts: ContextManager;
  propagator: TextMapPropagator;
  tracer: Tracer;
}

const METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'QUERY',
]);
/** Clients may send more; it tells nothing more. */
const PATH_MAX = 200;

/** A span for each request, part of the caller's trace where it sent `traceparent`. */
export function traceRequests(
  server: FastifyInstance,
  requests: OpenRequests,
  { contexts, propagator, tracer }: Tools,
): void {
  server.decorateRequest('span', undefined);
  server.addHook('onRequest', (request, _reply, done) => {
    const route = routeOf(request);
    if (route?.startsWith(PROBES)) {
      done();
      return;
    }
    const parent = propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const method = METHODS.has(request.method) ? request.method : 'HTTP';
    const name = route === undefined ? method : `${method} ${route}`;
    request.span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
    contexts.with(trace.setSpan(parent, request.span), done);
  });
  requests.onEnd(({ request }, end, status) => {
    const { span } = request;
    if (!span) return;
    // Not at its start: most requests are not recorded, and for them all of this would be for nothing.
    if (span.isRecording()) describe(span, request, { status, end });
    span.end();
  });
}

function describe(
  span: Span,
  request: FastifyRequest,
  { status, end }: { status: number; end: RequestEnd },
): void {
  const { method } = request;
  const route = routeOf(request);
  if (METHODS.has(method)) span.setAttribute('http.request.method', method);
  else span.setAttributes({ 'http.request.method': '_OTHER', 'http.request.method_original': method });
  span.setAttribute('url.scheme', request.protocol);
  span.setAttribute('url.path', pathOf(request.url));
  if (route !== undefined) span.setAttribute('http.route', route);
  if (end === 'abandoned') span.setAttribute('error.type', 'client_closed_request');
  else span.setAttribute('http.response.status_code', status);
  if (status >= 500) {
    span.setAttribute('error.type', String(status));
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
}

/** The template, never the path. */
function routeOf(request: FastifyRequest): string | undefined {
  return request.is404 ? undefined : request.routeOptions.url;
}

function pathOf(url: string): string {
  const end = url.indexOf('?');
  return url.slice(0, Math.min(end < 0 ? url.length : end, PATH_MAX));
}
