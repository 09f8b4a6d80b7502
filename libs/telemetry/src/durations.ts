import type { Histogram, Registry } from 'prom-client';

export interface DurationsOptions {
  name: string;
  help: string;
  labelNames: readonly string[];
  /** Bounds in seconds, upwards. */
  buckets: readonly number[];
}

type Labels = Record<string, string>;

/** Those of one set of labels. */
export class DurationSeries {
  /** Between two bounds each; the last are beyond all. */
  private readonly counts: number[];
  private sum = 0;

  constructor(
    private readonly labels: Labels,
    private readonly bounds: readonly number[],
  ) {
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  observe(seconds: number): void {
    const within = this.bounds.findIndex((bound) => seconds <= bound);
    const index = within < 0 ? this.bounds.length : within;
    this.counts[index] = (this.counts[index] ?? 0) + 1;
    this.sum += seconds;
  }

  /** As Prometheus has a histogram: each bucket counts all that are no longer than its bound. */
  values(name: string) {
    const { labels } = this;
    let count = 0;
    const buckets = this.counts.map((more, index) => {
      count += more;
      const le = this.bounds[index] ?? '+Inf';
      return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
    });
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: this.sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}

/**
 * A histogram in prom-client's registry. Its own makes a text of the labels and looks up the bound by its decimals at each observation,
 * for a child made ahead as well: ten times what this takes, and a request is observed twice (docs/decisions/metrics.md).
 */
export class Durations {
  readonly type = 'histogram';
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  private readonly series: DurationSeries[] = [];

  constructor(
    registry: Registry,
    private readonly options: DurationsOptions,
  ) {
    this.name = options.name;
    this.help = options.help;
    this.labelNames = options.labelNames;
    // All that the registry asks of a metric is its name and `get`; docs/metrics.md asks for the rest.
    registry.registerMetric(this as unknown as Histogram);
  }

  /** To be kept by the caller, who makes one for each set of labels. */
  of(labels: Labels): DurationSeries {
    const series = new DurationSeries(labels, this.options.buckets);
    this.series.push(series);
    return series;
  }

  /** As prom-client's own metrics answer it. */
  get() {
    const { name, help, type } = this;
    const values = this.series.flatMap((series) => series.values(name));
    return Promise.resolve({ name, help, type, aggregator: 'sum', values });
  }
}
