import { AsyncLocalStorage } from 'node:async_hooks';

/** What every log line of a request carries. No e-mail, no token: identifiers only. */
export interface RequestContext {
  requestId: string;
  accountId?: string;
}

export const requestContext = new AsyncLocalStorage<RequestContext>();

/** The context of the request that this code works for; undefined outside of one. */
export function currentRequest(): RequestContext | undefined {
  return requestContext.getStore();
}
