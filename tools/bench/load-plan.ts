/** One GET. */
export interface LoadRequest {
  path: string;
  token: string;
}

interface Window {
  /** Scheme, host and port. */
  url: string;
  connections: number;
  durationMs: number;
  requests: readonly LoadRequest[];
}

/** As many requests as are answered: each connection sends its next one when it has its answer. */
export interface ClosedLoad extends Window {
  kind: 'closed';
}

/** Requests at even intervals, whether or not the ones before were answered. */
export interface SteadyLoad extends Window {
  kind: 'steady';
  requestsPerSecond: number;
}

export type LoadPlan = ClosedLoad | SteadyLoad;

export interface LoadOutcome {
  /** With 200. */
  answered: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** What became of the others: a status or the code of an error, once for each. */
  failures: string[];
}
