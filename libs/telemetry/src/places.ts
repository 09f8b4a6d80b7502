import { Context, ContextManagementToken, ROOT_CONTEXT, Span, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { scopes, type Place } from './scope';

/** A place as OpenTelemetry knows it. */
export class ContextPlace implements Place {
  readonly ids;
  readonly span: Span | undefined;

  constructor(readonly context: Context) {
    this.span = trace.getSpan(context);
    const { traceId, spanId } = this.span?.spanContext() ?? {};
    this.ids =
      traceId !== undefined && spanId !== undefined ? { trace_id: traceId, span_id: spanId } : undefined;
  }

  get recorded(): boolean {
    return this.span?.isRecording() ?? false;
  }
}

/** Where a trace begins that is not recorded, as most are: nothing but ids, until somebody asks for more. */
export class UnrecordedRoot implements Place {
  readonly ids;
  readonly recorded = false;

  constructor(traceId: string, spanId: string) {
    this.ids = { trace_id: traceId, span_id: spanId };
  }

  get context(): Context {
    const { trace_id: traceId, span_id: spanId } = this.ids;
    return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.NONE });
  }
}

/** Keeps OpenTelemetry's contexts where all else is kept that goes along with asynchronous calls. */
export class ScopeContextManager extends AsyncLocalStorageContextManager {
  override active(): Context {
    return scopes.getStore()?.place?.context ?? ROOT_CONTEXT;
  }

  override with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    context: Context,
    fn: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const scope = { ...scopes.getStore(), place: new ContextPlace(context) };
    return scopes.run(scope, () => fn.apply(thisArg, args));
  }

  override attach(context: Context): ContextManagementToken {
    const before = scopes.getStore();
    scopes.enterWith({ ...before, place: new ContextPlace(context) });
    return { dispose: () => scopes.enterWith(before ?? {}) };
  }
}
