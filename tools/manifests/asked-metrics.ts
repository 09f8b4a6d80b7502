import { PrometheusRuleOfFile, RuleFile, rulesOf } from './alert-rules';
import { GrafanaDashboard, panelsOf } from './dashboards';
import { judge } from './promql/judge';
import type { Catalogue } from './promql/series';

/** What Grafana fills in. */
const VARIABLES = { $__rate_interval: '1m', $namespace: 'production' };
const LABEL_VALUES = /^label_values\((.+), *(\w+)\)$/;

/** What rules ask for that is not there, and what their texts name that they do not find out. Adds what they record. */
export function faultsOfRules(files: readonly RuleFile[], catalogue: Catalogue): string[] {
  return rulesOf(files).flatMap((rule) => {
    const { labels, faults } = judge(rule.expr, catalogue);
    const all = new Set([...labels, ...Object.keys(rule.labels ?? {})]);
    if (rule.record) catalogue.addRecorded(rule.record, all);
    const unknown = labelsInTexts(rule).filter((label) => !all.has(label));
    return [...faults, ...unknown.map((label) => `its annotations name the label ${label}`)].map(
      (fault) => `${rule.alert ?? rule.record ?? ''}: ${fault}`,
    );
  });
}

function labelsInTexts({ annotations = {} }: PrometheusRuleOfFile): string[] {
  return Object.values(annotations).flatMap((text) =>
    [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label = '']) => label),
  );
}

/** What a dashboard asks for that is not there, and what its legends name that its queries do not tell apart. */
export function faultsOfDashboard(dashboard: GrafanaDashboard, catalogue: Catalogue): string[] {
  const ofVariables = dashboard.templating.list
    .filter(({ type }) => type === 'query')
    .flatMap(({ query = '' }) => {
      const [, series = '', label = ''] = LABEL_VALUES.exec(query) ?? [];
      return faultsOf({ expr: series, legendFormat: `{{${label}}}` }, catalogue);
    });
  const ofPanels = panelsOf(dashboard).flatMap(({ title = '', targets = [] }) =>
    targets.flatMap((target) => faultsOf(target, catalogue).map((fault) => `${title}: ${fault}`)),
  );
  return [...ofVariables, ...ofPanels].map((fault) => `${dashboard.title}: ${fault}`);
}

/** The query that Grafana sends. */
export function filledIn(expr: string): string {
  return Object.entries(VARIABLES).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

function faultsOf(
  { expr, legendFormat = '' }: { expr: string; legendFormat?: string },
  catalogue: Catalogue,
) {
  const { labels, faults } = judge(filledIn(expr), catalogue);
  const named = [...legendFormat.matchAll(/\{\{\s*(\w+)\s*\}\}/g)].map(([, label = '']) => label);
  const unknown = named.filter((label) => !labels.has(label));
  return [...faults, ...unknown.map((label) => `its legend names the label ${label}`)];
}
