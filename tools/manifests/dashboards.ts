import { KubernetesObject, ofKind } from './objects';

/** By it Grafana's sidecar finds them. */
export const DASHBOARD_LABEL = 'grafana_dashboard';

interface Target {
  expr: string;
  legendFormat?: string;
}

interface Panel {
  type: string;
  title?: string;
  description?: string;
  datasource?: { uid?: string };
  targets?: Target[];
  fieldConfig?: { defaults?: { unit?: string } };
}

export interface GrafanaDashboard {
  uid: string;
  title: string;
  panels: Panel[];
  templating: { list: { name: string; type: string; query?: string }[] };
}

/** What Grafana's sidecar would load. */
export function dashboardsIn(objects: readonly KubernetesObject[]): GrafanaDashboard[] {
  return ofKind(objects, 'ConfigMap')
    .filter(({ metadata }) => metadata.labels?.[DASHBOARD_LABEL] === '1')
    .flatMap(({ data }) => Object.values(data ?? {}))
    .map((json) => JSON.parse(String(json)) as GrafanaDashboard);
}

/** Those that show something. */
export function panelsOf({ panels }: GrafanaDashboard): Panel[] {
  return panels.filter(({ type }) => type !== 'row');
}
