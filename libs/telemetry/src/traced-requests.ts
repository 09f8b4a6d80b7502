import {
  defaultTextMapGetter,
  ROOT_CONTEXT,
  Span,
  SpanKind,
  SpanStatusCode,
  TextMapPropagator,
  trace,
  Tracer,
} from '@opentelemetry/api';
import { SamplingDecision, type Sampler } from '@opentelemetry/sdk-trace';
import type { FastifyRequest } from 'fastify';
import { ContextPlace, UnrecordedRoot } from './places';
import type { RandomIds } from './random-ids';
import type { Place } from './scope';
import type { Outcome } from './tracing';

interface Tools {
  propagator: TextMapPropagator;
  tracer: Tracer;
  /** The tracer's own. */
  sampler: Sampler;
  ids: RandomIds;
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
export class TracedRequests {
  constructor(private readonly tools: Tools) {}

  begin(request: FastifyRequest): Place {
    const { propagator, tracer, ids } = this.tools;
    const name = nameOf(request);
    const isRoot = request.headers['traceparent'] === undefined;
    // Most requests: the tracer would make a span of it, and a context, for nothing but these ids.
    if (isRoot && !this.records(name)) return new UnrecordedRoot(ids.generateTraceId(), ids.generateSpanId());
    const parent = isRoot
      ? ROOT_CONTEXT
      : propagator.extract(ROOT_CONTEXT, request.headers, defaultTextMapGetter);
    const span = tracer.startSpan(name, { kind: SpanKind.SERVER }, parent);
    return new ContextPlace(trace.setSpan(parent, span));
  }

  end(place: Place, request: FastifyRequest, outcome: Outcome): void {
    if (!(place instanceof ContextPlace) || !place.span) return;
    if (place.recorded) describe(place.span, request, outcome);
    place.span.end();
  }

  /** Whether the tracer would record the trace that begins next. */
  private records(name: string): boolean {
    const { sampler, ids } = this.tools;
    const kind = SpanKind.SERVER;
    const { decision } = sampler.shouldSample(ROOT_CONTEXT, ids.nextTraceId, name, kind, {}, []);
    return decision !== SamplingDecision.NOT_RECORD;
  }
}

function nameOf(request: FastifyRequest): string {
  const method = METHODS.has(request.method) ? request.method : 'HTTP';
  const route = routeOf(request);
  return route === undefined ? method : `${method} ${route}`;
}

function describe(span: Span, request: FastifyRequest, { status, end }: Outcome): void {
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
