/** What a query asks for, by name. */
export interface Asked {
  metrics: string[];
  labels: string[];
}

/** Those that Prometheus adds to what a pod exports. */
export const LABELS_OF_SCRAPE = ['namespace', 'pod', 'job'];

/** Of PromQL as far as our manifests use it: series with matchers, functions, `by (...)`. */
export function askedBy(query: string): Asked {
  const matchers = [...query.matchAll(/\{([^}]*)\}/g)].map(([, inside = '']) => inside);
  const grouped = [...query.matchAll(/\bby\s*\(([^)]*)\)/g)].map(([, inside = '']) => inside);
  return {
    metrics: unique([...query.matchAll(/\b([a-z][a-z0-9_]*)\{/g)].map(([, name = '']) => name)),
    labels: unique([
      ...matchers.flatMap((each) =>
        [...each.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, name = '']) => name),
      ),
      ...grouped.flatMap((each) => each.split(',').map((name) => name.trim())),
    ]),
  };
}

/** Of the samples of a metric, as Prometheus scrapes them. */
export function labelsOf(metric: string, scraped: string): string[] {
  const samples = scraped.split('\n').filter((line) => line.startsWith(`${metric}{`));
  return unique(samples.flatMap((line) => [...line.matchAll(/(\w+)="/g)].map(([, name = '']) => name)));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
