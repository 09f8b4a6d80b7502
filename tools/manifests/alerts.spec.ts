import { readFileSync } from 'node:fs';
import { scratchFolder } from '@kubernest/testing';
import { join } from 'node:path';
import { PrometheusRuleOfFile, RuleFile, ruleFilesIn, rulesOf } from './alert-rules';
import { renderCombination } from './combinations';
import { dashboardsIn, GrafanaDashboard, panelsOf } from './dashboards';
import { findRenderer } from './kustomize';

const operations = readFileSync(join(__dirname, '../../docs/operations.md'), 'utf8');

let files: RuleFile[];
let alerts: (PrometheusRuleOfFile & { alert: string })[];
let dashboards: GrafanaDashboard[];

beforeAll(async () => {
  const names = ['prometheus', 'prometheus-rules', 'grafana-dashboards'];
  const options = { renderer: await findRenderer(), scratch: scratchFolder() };
  const { objects } = await renderCombination(names, options);
  files = ruleFilesIn(objects);
  alerts = rulesOf(files).flatMap(({ alert = '', ...rule }) => (alert ? [{ ...rule, alert }] : []));
  dashboards = dashboardsIn(objects);
});

describe('alerts', () => {
  test('have a section each in docs/operations.md, and each section there has its alert', () => {
    const [, room = ''] = /^## Alerts\n([^]*?)\n## /m.exec(operations) ?? [];
    const sections = [...room.matchAll(/^### (.+)$/gm)].map(([, name]) => name);
    expect(sections.sort()).toEqual([...new Set(alerts.map(({ alert }) => alert))].sort());
  });

  test('lead there, and say what has happened and how urgent it is', () => {
    for (const { alert, annotations, labels } of alerts) {
      expect(annotations).toEqual({
        summary: expect.stringMatching(/\w+ \w+/),
        description: expect.stringMatching(/\.$/),
        runbook: `docs/operations.md#${alert.toLowerCase()}`,
      });
      expect(labels?.['severity']).toMatch(/^(page|ticket)$/);
    }
  });

  test('are told apart by their labels, and rules by their files', () => {
    const ids = alerts.map(({ alert, labels }) => JSON.stringify([alert, labels]));
    expect(new Set(ids).size).toBe(ids.length);
    const groups = files.flatMap((file) => file.groups.map(({ name }) => name));
    expect(new Set(groups).size).toBe(groups.length);
  });
});

describe('dashboards', () => {
  test('are asked questions, with a unit and an explanation for each answer', () => {
    expect(dashboards).toHaveLength(3);
    for (const panel of dashboards.flatMap(panelsOf)) {
      expect(panel.title).toMatch(/^[A-Z].+\?$/);
      expect(panel.description).toMatch(/\.$/);
      expect(panel.fieldConfig?.defaults?.unit).toMatch(/^[a-z]+$/);
      expect(panel.targets).not.toEqual([]);
    }
  });

  test('take data source and namespace from their variables', () => {
    for (const dashboard of dashboards) {
      expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'namespace']);
      for (const { datasource, targets = [] } of panelsOf(dashboard)) {
        expect(datasource?.uid).toBe('$datasource');
        for (const { expr } of targets) expect(expr).toContain('namespace="$namespace"');
      }
    }
  });
});
