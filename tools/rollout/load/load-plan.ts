export interface LoadPlan {
  port: number;
  /** Of each kind that `traffic` has. They are sent whether or not those before were answered. */
  perSecond: Record<string, number>;
  /** How long a slow request is under way: its body comes in pieces. */
  slowMs: number;
  /** How long a large body is under way. */
  largeMs: number;
  /** Clients that keep one connection each. Every second request is one of theirs. */
  keepAliveClients: number;
}

/**
 * `refused`, `reset`, `timed out`: no answer came. `cut`: only a part of one. `5xx`, `unexpected`: a wrong one.
 * `race`: an idle connection was closed while a request that may be repeated was being sent on it (RFC 9112, 9.3.1).
 */
export type Outcome = 'ok' | 'refused' | 'reset' | 'timed out' | 'cut' | '5xx' | 'unexpected' | 'race';

export interface RequestRecord {
  /** When it was to be sent, by the machine's clock: latencies count from here. */
  atMs: number;
  kind: string;
  keptAlive: boolean;
  ms: number;
  outcome: Outcome;
  /** For people: a status, the code of an error. */
  detail?: string;
}

export type ToLoad = { plan: LoadPlan } | 'stop';
export type FromLoad =
  { ready: true } | { records: RequestRecord[] } | { ended: true; confirmed: string[] } | { fault: string };
