import { collectDefaultMetrics, Counter, Registry } from 'prom-client';
import { Collection, Collector } from './collection';

/** Gauges that are named like counters, and sums of what `nodejs_active_handles` and the like say by type. */
const MISNAMED = ['handles', 'requests', 'resources'].map((what) => `nodejs_active_${what}_total`);

/** What this process exports to Prometheus. */
export class Metrics {
  readonly registry = new Registry();
  private readonly collections: Collection[] = [];

  private readonly failures = new Counter({
    name: 'metrics_collection_failures_total',
    help: 'Scrapes that left out what a collector could not find out in time.',
    labelNames: ['collector'],
    registers: [this.registry],
  });

  /** @param enabled false: nothing is measured */
  constructor(readonly enabled = true) {
    if (!enabled) return;
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
  }

  /** For a process whose metrics nobody asks for. */
  static off(): Metrics {
    return new Metrics(false);
  }

  /** What is not counted as it happens, but read at each scrape. */
  collect<Name extends string>(collector: Collector<Name>): void {
    this.collections.push(new Collection(collector, this.registry, this.failures));
  }

  /** In Prometheus' text format. Never hangs, and never fails because a dependency is away. */
  async scrape(): Promise<string> {
    await Promise.all(this.collections.map((collection) => collection.refresh()));
    return this.registry.metrics();
  }
}
