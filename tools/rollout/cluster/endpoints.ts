import type { Journal } from '../journal';
import type { Pod } from './pod';

export interface Endpoint {
  name: string;
  port: number;
}

/**
 * The endpoints of the Service, and the way of each change to who forwards: it arrives after the propagation delay, whether a pod
 * became ready, ceased to be, or was deleted. A pod that terminates is none any more, but when there is no other one.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/#conditions
 */
export class Endpoints {
  private published = '';
  private applied = new Set<string>();
  private readonly underWay = new Set<NodeJS.Timeout>();

  constructor(
    private readonly propagationMs: number,
    private readonly journal: Journal,
    private readonly apply: (endpoints: Endpoint[]) => void,
  ) {}

  update(pods: readonly Pod[]): void {
    const serving = pods.filter(({ ready, gone }) => ready && !gone);
    const ready = serving.filter(({ terminating }) => !terminating);
    const endpoints = (ready.length > 0 ? ready : serving).map(({ name, options }) => ({
      name,
      port: options.port,
    }));
    const names = endpoints.map(({ name }) => name).join(' ');
    if (names === this.published) return;
    this.published = names;
    const timer = setTimeout(() => {
      this.underWay.delete(timer);
      this.arrive(endpoints);
    }, this.propagationMs);
    this.underWay.add(timer);
  }

  has(name: string): boolean {
    return this.applied.has(name);
  }

  /** No change is on its way. */
  get settled(): boolean {
    return this.underWay.size === 0;
  }

  stop(): void {
    for (const timer of this.underWay) clearTimeout(timer);
  }

  private arrive(endpoints: Endpoint[]): void {
    const now = new Set(endpoints.map(({ name }) => name));
    for (const name of now) if (!this.applied.has(name)) this.journal.mark(name, 'in balancer');
    for (const name of this.applied) if (!now.has(name)) this.journal.mark(name, 'out of balancer');
    this.applied = now;
    this.apply(endpoints);
  }
}
