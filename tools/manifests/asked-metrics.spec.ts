import { scratchFolder } from '@kubernest/testing';
import { exportedMetrics } from '../generate/exported-metrics';
import { ruleFilesIn } from './alert-rules';
import { faultsOfDashboard, faultsOfRules } from './asked-metrics';
import { renderCombination } from './combinations';
import { dashboardsIn } from './dashboards';
import { findRenderer } from './kustomize';
import { ofKind } from './objects';
import { renderOverlay } from './overlays';
import { adapterRules, queriesOf } from './prometheus-adapter';
import { judge } from './promql/judge';
import { Catalogue, seriesOf, withDeclared } from './promql/series';
import { Query } from './promql/syntax';
import type { Rendered } from './rendered';
import type { ServedDeployment } from './served-deployment.fixture';
import { ServedProcesses } from './served-processes.fixture';

/*
 * Whatever asks Prometheus for something is held against a scrape of the built processes. A metric that comes with an event has
 * a sample from the first one on: until then it counts with what it is declared with.
 */

let rendered: Rendered;
let progressive: Rendered;
let served: ServedProcesses;
let catalogue: Catalogue;

beforeAll(async () => {
  const renderer = await findRenderer();
  const names = ['keda', 'prometheus', 'prometheus-rules', 'grafana-dashboards'];
  const scratch = scratchFolder();
  rendered = await renderCombination(names, { renderer, scratch });
  progressive = await renderCombination(['prometheus', 'progressive-delivery'], { renderer, scratch });
  served = await ServedProcesses.start(await renderOverlay('prod', renderer));
  await fetch(`${served.api.url('http')}/nothing`);
  const exported = await exportedMetrics();
  const of = async (deployment: ServedDeployment, app: string) =>
    withDeclared(
      seriesOf(await scrape(deployment)),
      exported.filter(({ exportedBy }) => exportedBy.includes(app)),
    );
  catalogue = new Catalogue({
    'api-server': await of(served.api, 'api'),
    worker: await of(served.worker, 'worker'),
  });
}, 120_000);

afterAll(() => served.stop());

async function scrape(deployment: ServedDeployment): Promise<string> {
  return (await fetch(`${deployment.url('metrics')}/metrics`)).text();
}

test('what counts ends in _total, and nothing else does', async () => {
  for (const deployment of [served.api, served.worker])
    for (const [, name = '', type] of (await scrape(deployment)).matchAll(/^# TYPE (\S+) (\S+)$/gm))
      expect(`${name} ${name.endsWith('_total') ? 'counter' : 'no counter'}`).toBe(
        `${name} ${type === 'counter' ? 'counter' : 'no counter'}`,
      );
});

const queriesOfKeda = () =>
  ofKind(rendered.objects, 'ScaledObject')
    .flatMap(({ spec }) => spec?.triggers ?? [])
    .filter(({ type }) => type === 'prometheus')
    .map(({ metadata }) => (metadata as { query: string }).query);

interface AnalysisTemplate {
  kind: string;
  spec: { metrics: { provider: { prometheus: { query: string } } }[] };
}

const queriesOfArgoRollouts = () =>
  (progressive.objects as unknown as AnalysisTemplate[])
    .filter(({ kind }) => kind === 'AnalysisTemplate')
    .flatMap(({ spec }) => spec.metrics.map(({ provider }) => provider.prometheus.query))
    .map((query) =>
      query.replaceAll('{{args.namespace}}', 'production').replaceAll('{{args.hash}}', '6f7c9'),
    );

describe('asks only for metrics and labels that the processes export or the scrape adds:', () => {
  test.each([
    ['prometheus-adapter, for the HPA', () => adapterRules().flatMap(queriesOf)],
    ['KEDA', queriesOfKeda],
    ['Argo Rollouts', queriesOfArgoRollouts],
  ])('%s', (_, queries) => {
    expect(queries()).not.toEqual([]);
    expect(queries().flatMap((query) => judge(query, catalogue).faults)).toEqual([]);
    // Probes are no load.
    for (const { matchers } of new Query(queries().at(-1) ?? '').selectors())
      expect(matchers).toContainEqual({ label: 'route', operator: '!~', value: '/health/.*' });
  });

  test('every alert and recording rule, and what it says', () => {
    const files = ruleFilesIn(rendered.objects);
    expect(files).not.toEqual([]);
    expect(faultsOfRules(files, catalogue)).toEqual([]);
  });

  test('every panel, legend and variable of the dashboards', () => {
    const dashboards = dashboardsIn(rendered.objects);
    expect(dashboards).toHaveLength(3);
    expect(dashboards.flatMap((each) => faultsOfDashboard(each, catalogue))).toEqual([]);
  });
});
