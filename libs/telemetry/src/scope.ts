import type { Context } from '@opentelemetry/api';
import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of a request carries. No e-mail, no token: identifiers only. */
export interface RequestContext {
  requestId: string;
  accountId?: string;
}

/** Where in a trace code is at work. */
export interface Place {
  /** By which log and trace find each other; undefined where there is no span. */
  readonly ids: { trace_id: string; span_id: string } | undefined;
  readonly recorded: boolean;
  /** The same as OpenTelemetry has it. */
  readonly context: Context;
}

/** What code is at work on, through all of its asynchronous calls. */
export interface Scope {
  readonly request?: RequestContext | undefined;
  readonly place?: Place | undefined;
}

/** One for everything: each `run` copies what all of them hold. */
export const scopes = new AsyncLocalStorage<Scope>();

/** The context of the request that this code works for; undefined outside of one. */
export function currentRequest(): RequestContext | undefined {
  return scopes.getStore()?.request;
}
