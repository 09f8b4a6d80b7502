import { Logger } from '@nestjs/common';
import {
  context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { FastifyRequest } from 'fastify';
import { setTimeout as wait } from 'node:timers/promises';
import { ScopeContextManager } from './places';
import { RandomIds } from './random-ids';
import { scopes, type Place } from './scope';
import { createTracerProvider, Exported, samplerOf } from './tracer-provider';
import { TracedRequests } from './traced-requests';
import type { EndOfSpan, Outcome, TraceCarrier, TracedWork, Traces } from './tracing';
import type { TracingConfig } from './variables';

/** What a shutdown gives the last spans at most. A collector that works takes a few milliseconds of it. */
const FLUSH_MS = 2_000;
/** Of the time that the shutdown has left: it must not be late because of a collector. */
const FLUSH_PART = 0.8;

const KINDS = {
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
};

/** Loaded when the configuration asks for traces, and only then: see tracing.ts. */
export class OpenTelemetry implements Traces {
  private readonly logger = new Logger('Traces');
  // Called directly, and not through OpenTelemetry's global API, which looks for them at each call.
  private readonly contexts = new ScopeContextManager();
  private readonly propagator = new W3CTraceContextPropagator();
  private readonly provider;
  private readonly tracer;
  private readonly requests;

  constructor(config: TracingConfig, exported: Exported) {
    const { logger, propagator } = this;
    const [sampler, ids] = [samplerOf(config), new RandomIds()];
    this.provider = createTracerProvider(config, exported, { logger, sampler, idGenerator: ids });
    this.tracer = this.provider.getTracer('telemetry');
    this.requests = new TracedRequests({ propagator, tracer: this.tracer, sampler, ids });
    // For libraries that bring spans of their own.
    context.setGlobalContextManager(this.contexts);
    propagation.setGlobalPropagator(this.propagator);
    trace.setGlobalTracerProvider(this.provider);
  }

  beginRequest(request: FastifyRequest): Place {
    return this.requests.begin(request);
  }

  endRequest(place: Place, request: FastifyRequest, outcome: Outcome): void {
    this.requests.end(place, request, outcome);
  }

  beginCall(system: string, operation: string): EndOfSpan | undefined {
    const place = scopes.getStore()?.place;
    // What nobody asked for, such as a probe or a poll, would be a trace by itself, and of no use.
    if (!place?.recorded) return undefined;
    const attributes = { 'db.system.name': system, 'db.operation.name': operation };
    const span = this.tracer.startSpan(operation, { kind: SpanKind.CLIENT, attributes }, place.context);
    return (error) => end(span, error);
  }

  run<T>(work: TracedWork, run: () => Promise<T>): Promise<T> {
    const { name, kind, attributes = {}, carrier, isNoFailure = () => false } = work;
    const parent = carrier
      ? this.propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter)
      : this.contexts.active();
    const span = this.tracer.startSpan(name, { kind: KINDS[kind], attributes }, parent);
    return this.contexts.with(trace.setSpan(parent, span), async () => {
      try {
        const result = await run();
        end(span);
        return result;
      } catch (error) {
        end(span, isNoFailure(error) ? undefined : error);
        throw error;
      }
    });
  }

  carrier(): TraceCarrier | undefined {
    const carrier: TraceCarrier = {};
    this.propagator.inject(this.contexts.active(), carrier, defaultTextMapSetter);
    return Object.keys(carrier).length > 0 ? carrier : undefined;
  }

  async flush(withinMs: number): Promise<void> {
    const late = wait(Math.min(FLUSH_MS, withinMs * FLUSH_PART), 'in time', { ref: false });
    const sent = this.provider.shutdown().then(
      () => undefined,
      () => 'to the collector',
    );
    const fault = await Promise.race([sent, late]);
    if (fault) this.logger.warn({ msg: `the last traces were not sent ${fault}` });
  }
}

/** The kind of the failure, and nothing of its message: that is in the log, where secrets are kept out of it. */
function end(span: Span, error?: unknown): void {
  if (error !== undefined) {
    const { code, name } = error as { code?: unknown; name?: unknown };
    const kind = [code, name].find((each) => typeof each === 'string') ?? 'unknown';
    span.setAttribute('error.type', kind);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
}
