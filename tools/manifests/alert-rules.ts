import { KubernetesObject, ofKind } from './objects';

/** As Prometheus reads it, apart from an operator. */
export interface PrometheusRuleOfFile {
  alert?: string;
  record?: string;
  expr: string;
  for?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

export interface RuleFile {
  name: string;
  groups: { name: string; rules: PrometheusRuleOfFile[] }[];
}

/** What the operator would hand to Prometheus: a file for each PrometheusRule. */
export function ruleFilesIn(objects: readonly KubernetesObject[]): RuleFile[] {
  return ofKind(objects, 'PrometheusRule').map(({ metadata, spec }) => ({
    name: metadata.name,
    groups: spec?.groups as RuleFile['groups'],
  }));
}

export function rulesOf(files: readonly RuleFile[]): PrometheusRuleOfFile[] {
  return files.flatMap(({ groups }) => groups).flatMap(({ rules }) => rules);
}
