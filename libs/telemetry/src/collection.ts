import { Counter, Gauge, Registry } from 'prom-client';
import { setTimeout as wait } from 'node:timers/promises';

/** How long a scrape waits for a collector. Prometheus gives up the whole scrape after 10 s by default. */
const TIMEOUT_MS = 1_000;

export interface CollectedMetric {
  help: string;
  /** A gauge unless it says so. The figure is the total, wherever it is kept. */
  type?: 'counter';
  labelNames?: readonly string[];
}

/** A figure, or one for each set of labels. What is not there is left out. */
export type Figures = number | undefined | { labels: Record<string, string>; value: number }[];

/** Figures that one question answers. */
export interface Collector<Name extends string = string> {
  /** As metrics_collection_failures_total calls it. */
  name: string;
  metrics: Record<Name, CollectedMetric>;
  /** Several scrapes at a time share one call. Where it fails, or takes too long, its metrics have no samples. */
  read: () => Record<Name, Figures> | Promise<Record<Name, Figures>>;
  /** For how long an answer is given again, so that many scrapes cost a store little. */
  keepMs?: number;
}

/** Brings a collector's metrics up to date. */
export class Collection<Name extends string = string> {
  private readonly metrics: [Name, Counter | Gauge][];
  private underWay: Promise<Record<Name, Figures>> | undefined;
  private kept: { figures: Record<Name, Figures>; untilMs: number } | undefined;

  constructor(
    private readonly collector: Collector<Name>,
    registry: Registry,
    private readonly failures: Counter,
  ) {
    this.metrics = Object.entries<CollectedMetric>(collector.metrics).map(
      ([name, { type, help, labelNames = [] }]) => {
        const config = { name, help, labelNames: [...labelNames], registers: [registry] };
        return [name as Name, type === 'counter' ? new Counter(config) : new Gauge(config)];
      },
    );
    failures.inc({ collector: collector.name }, 0);
  }

  async refresh(): Promise<void> {
    const figures = await this.figures().catch(() => undefined);
    if (!figures) this.failures.inc({ collector: this.collector.name });
    for (const [name, metric] of this.metrics) replace(metric, figures?.[name]);
  }

  private async figures(): Promise<Record<Name, Figures> | undefined> {
    if (this.kept && performance.now() < this.kept.untilMs) return this.kept.figures;
    this.underWay ??= this.read().finally(() => (this.underWay = undefined));
    const timeout = new AbortController();
    const late = wait(TIMEOUT_MS, undefined, { signal: timeout.signal }).catch(() => undefined);
    return Promise.race([this.underWay, late]).finally(() => timeout.abort());
  }

  private async read(): Promise<Record<Name, Figures>> {
    const { read, keepMs = 0 } = this.collector;
    const figures = await read();
    this.kept = { figures, untilMs: performance.now() + keepMs };
    return figures;
  }
}

/** In one go, so that a scrape sees the old figures or the new ones. */
function replace(metric: Counter | Gauge, figures: Figures): void {
  metric.reset();
  // One without labels would be 0 otherwise.
  metric.remove({});
  const list = typeof figures === 'number' ? [{ labels: {}, value: figures }] : (figures ?? []);
  for (const { labels, value } of list) metric.inc(labels, value);
}
