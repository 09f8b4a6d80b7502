import { OpenRequests } from '@kubernest/lifecycle';
import { Inject, Injectable } from '@nestjs/common';
import { Counter, Histogram } from 'prom-client';
import { Metrics } from './metrics';

export interface ObservedRequest {
  method: string;
  /** The route's template, never the path: `/v1/invoices/:id`. */
  route: string;
  status: number;
  seconds: number;
}

const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** The requests of a process that serves HTTP to others than its probes. */
@Injectable()
export class RequestMetrics {
  private readonly requests: Counter;
  private readonly durations: Histogram;

  constructor(
    @Inject(Metrics) private readonly metrics: Metrics,
    @Inject(OpenRequests) open: OpenRequests,
  ) {
    this.requests = new Counter({
      name: 'http_requests_total',
      help: 'HTTP requests answered, by route template; 499: the client went before it had the answer.',
      labelNames: ['method', 'route', 'status'],
      registers: [metrics.registry],
    });
    this.durations = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the first byte of a request to the last of its answer.',
      labelNames: ['method', 'route', 'status_class'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [metrics.registry],
    });
    metrics.collect({
      name: 'requests',
      metrics: { http_requests_in_flight: { help: 'HTTP requests that are being worked on.' } },
      read: () => ({ http_requests_in_flight: open.count }),
    });
  }

  /** Label sets stay few whatever clients send: unknown methods and paths that match no route share one each. */
  observe({ method, route, status, seconds }: ObservedRequest): void {
    if (!this.metrics.enabled) return;
    const known = METHODS.has(method) ? method : 'other';
    this.requests.inc({ method: known, route, status: String(status) });
    this.durations.observe({ method: known, route, status_class: `${Math.floor(status / 100)}xx` }, seconds);
  }
}
