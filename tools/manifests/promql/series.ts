import type { Selector } from './syntax';

/** Those that Prometheus adds to what a pod exports, however it finds the pod. */
const LABELS_OF_SCRAPE = ['namespace', 'pod', 'job'];

/** What is known of a metric: its labels, with the values that were seen of each. */
export interface Series {
  type: string;
  labels: ReadonlyMap<string, ReadonlySet<string>>;
}

export type SeriesByName = ReadonlyMap<string, Series>;

/** What one scrape of a process holds. A metric that has no sample yet has no known labels, and is left out. */
export function seriesOf(scraped: string): SeriesByName {
  const found = new Map<string, { type: string; labels: Map<string, Set<string>> }>();
  const types = new Map<string, string>();
  for (const line of scraped.split('\n')) {
    const [, named = '', type = ''] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (type) types.set(named, type);
    const [, name, inside = ''] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S/.exec(line) ?? [];
    if (name === undefined) continue;
    const series = found.get(name) ?? { type: typeOf(name, types), labels: new Map<string, Set<string>>() };
    found.set(name, series);
    for (const [, label = '', value = ''] of inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      const values = series.labels.get(label) ?? new Set<string>();
      series.labels.set(label, values.add(value));
    }
  }
  return found;
}

/** What a metric is declared with. */
export interface Declared {
  name: string;
  type: string;
  labelNames: readonly string[];
}

/** With the metrics that have no sample yet, such as those of jobs where there was none: what they may have is declared. */
export function withDeclared(series: SeriesByName, declared: readonly Declared[]): SeriesByName {
  const unseen = declared.flatMap(({ name, type, labelNames }): [string, Series][] => {
    const labels = withoutValues(labelNames);
    if (type !== 'histogram') return [[name, { type, labels }]];
    const bucket = withoutValues([...labelNames, 'le']);
    const parts = ['_sum', '_count'].map((part): [string, Series] => [name + part, { type, labels }]);
    return [[`${name}_bucket`, { type, labels: bucket }], ...parts];
  });
  return new Map([...unseen, ...series]);
}

/** Of `x_bucket` it is that of `x`. */
function typeOf(name: string, types: ReadonlyMap<string, string>): string {
  return types.get(name) ?? types.get(name.replace(/_(bucket|sum|count)$/, '')) ?? 'untyped';
}

/** Says of what a selector names what there is. */
export class Catalogue {
  private readonly recorded = new Map<string, Series>();

  /** @param processes what each Deployment exports, by the name of the Deployment */
  constructor(private readonly processes: Readonly<Record<string, SeriesByName>>) {}

  /** A rule makes series of this name. */
  addRecorded(name: string, labels: Iterable<string>): void {
    this.recorded.set(name, { type: 'recorded', labels: withoutValues(labels) });
  }

  /** Of all Deployments to which the selector's matcher of `pod` leads; undefined when none exports the metric. */
  find({ metric, matchers }: Selector): Series | undefined {
    const recorded = this.recorded.get(metric);
    if (recorded) return recorded;
    if (metric === 'up') return { type: 'gauge', labels: withoutValues(LABELS_OF_SCRAPE) };
    const pod = matchers.find(({ label, operator }) => label === 'pod' && operator === '=~');
    const named = Object.keys(this.processes).filter(
      (name) => pod === undefined || new RegExp(`^(?:${pod.value})$`).test(`${name}-6f7c9-x2x4z`),
    );
    const [first, ...others] = named.flatMap((name) => this.processes[name]?.get(metric) ?? []);
    return first && merged([first, ...others]);
  }
}

function merged(series: readonly [Series, ...Series[]]): Series {
  const labels = new Map<string, Set<string>>(withoutValues(LABELS_OF_SCRAPE));
  for (const [label, values] of series.flatMap((each) => [...each.labels]))
    labels.set(label, new Set([...(labels.get(label) ?? []), ...values]));
  return { type: series[0].type, labels };
}

function withoutValues(labels: Iterable<string>): Map<string, Set<string>> {
  return new Map([...labels].map((label) => [label, new Set<string>()]));
}
