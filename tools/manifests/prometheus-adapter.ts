import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deployFolder } from './overlays';

export interface AdapterRule {
  seriesQuery: string;
  name: { matches: string; as: string };
  metricsQuery: string;
}

/** The rules of components/requests-per-second for prometheus-adapter, which kustomize does not render. */
export function adapterRules(): AdapterRule[] {
  const file = join(deployFolder, 'components/requests-per-second/prometheus-adapter-values.yaml');
  const values = parse(readFileSync(file, 'utf8')) as { rules: { custom: AdapterRule[] } };
  return values.rules.custom;
}

/** What the adapter asks Prometheus for, with its placeholders filled in as for the pods of a namespace. */
export function queriesOf({ seriesQuery, metricsQuery }: AdapterRule): string[] {
  const series = seriesQuery.replace(/\{.*$/, '');
  const filled = metricsQuery
    .replaceAll('<<.Series>>', series)
    .replaceAll('<<.LabelMatchers>>', 'namespace="production"')
    .replaceAll('<<.GroupBy>>', 'pod');
  return [seriesQuery, filled];
}
