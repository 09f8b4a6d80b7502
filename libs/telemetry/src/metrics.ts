import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

export interface ObservedRequest {
  method: string;
  /** The route's template, never the path: `/v1/sessions/:id`. */
  route: string;
  status: number;
  seconds: number;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** What this process exports to Prometheus. */
export class Metrics {
  readonly registry = new Registry();

  private readonly requests = new Counter({
    name: 'http_requests_total',
    help: 'HTTP requests answered, by route template.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [this.registry],
  });

  private readonly durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer.',
    labelNames: ['method', 'route', 'status_class'] as const,
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [this.registry],
  });

  /** @param enabled false: nothing is collected */
  constructor(readonly enabled = true) {
    if (enabled) collectDefaultMetrics({ register: this.registry });
  }

  /** For a process whose metrics nobody asks for. */
  static off(): Metrics {
    return new Metrics(false);
  }

  /** Label sets stay few whatever clients send: unknown methods and paths that match no route share one each. */
  observeRequest({ method, route, status, seconds }: ObservedRequest): void {
    if (!this.enabled) return;
    const known = METHODS.has(method) ? method : 'other';
    this.requests.inc({ method: known, route, status: String(status) });
    this.durations.observe({ method: known, route, status_class: `${Math.floor(status / 100)}xx` }, seconds);
  }
}
