import type { RequestEnd } from '@kubernest/lifecycle';
import type { FastifyRequest } from 'fastify';
import type { Place } from './scope';
import type { TracingConfig } from './variables';

/** Attributes of a span: identifiers and names from the code. No e-mail, no token, no values of a statement. */
export type SpanAttributes = Record<string, string | number | boolean>;

/** W3C Trace Context: by this, work of another process becomes part of the trace. */
export type TraceCarrier = Record<string, string>;

/** A piece of work that is a span of its own. */
export interface TracedWork {
  name: string;
  kind: 'internal' | 'producer' | 'consumer';
  attributes?: SpanAttributes;
  /** From whoever asked for the work, in another process; else the span in whose course it is done comes above it. */
  carrier?: TraceCarrier | undefined;
  /** What is thrown without anything having failed. */
  isNoFailure?: (error: unknown) => boolean;
}

/** Ends a span: with what its call failed with, or with nothing. */
export type EndOfSpan = (error?: unknown) => void;

/** How a request ended, and with which status. */
export interface Outcome {
  end: RequestEnd;
  status: number;
}

/** What open-telemetry.ts does. */
export interface Traces {
  beginRequest(request: FastifyRequest): Place | undefined;
  endRequest(place: Place, request: FastifyRequest, outcome: Outcome): void;
  beginCall(system: string, operation: string): EndOfSpan | undefined;
  run<T>(work: TracedWork, run: () => Promise<T>): Promise<T>;
  carrier(): TraceCarrier | undefined;
  flush(withinMs: number): Promise<void>;
}

/**
 * The traces of this process. Until `start` has found an endpoint in the configuration, each method does nothing, and nothing of
 * OpenTelemetry is loaded: only what is imported from here may be used outside of open-telemetry.ts.
 */
class Tracing implements Traces {
  private traces: Traces | undefined;

  /** First of all: what is made before has no spans. */
  async start(config: TracingConfig, service: string): Promise<void> {
    const url = endpoint(config);
    if (url === undefined) return;
    const { OpenTelemetry } = await import('./open-telemetry');
    this.traces = new OpenTelemetry(config, { service, url });
  }

  /** For the scope of the request: a span, part of the caller's trace where it sent `traceparent`. */
  beginRequest(request: FastifyRequest): Place | undefined {
    return this.traces?.beginRequest(request);
  }

  endRequest(place: Place, request: FastifyRequest, outcome: Outcome): void {
    this.traces?.endRequest(place, request, outcome);
  }

  /** A call to a dependency, where it is part of a recorded trace; else undefined. */
  beginCall(system: string, operation: string): EndOfSpan | undefined {
    return this.traces?.beginCall(system, operation);
  }

  run<T>(work: TracedWork, run: () => Promise<T>): Promise<T> {
    return this.traces ? this.traces.run(work, run) : run();
  }

  /** For work that another process will go on with. */
  carrier(): TraceCarrier | undefined {
    return this.traces?.carrier();
  }

  /** Sends what is left; never rejects, and takes no longer than this. Nothing is traced after that. */
  async flush(withinMs: number): Promise<void> {
    await this.traces?.flush(withinMs);
  }
}

export const tracing = new Tracing();

function endpoint(config: TracingConfig): string | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: base, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: full } = config;
  if (config.OTEL_SDK_DISABLED) return undefined;
  return full ?? (base && `${base.replace(/\/$/, '')}/v1/traces`);
}
