import { findRenderer } from './kustomize';
import { renderOverlay } from './overlays';
import { adapterRules, queriesOf } from './prometheus-adapter';
import { askedBy, labelsOf } from './prometheus-query';
import { scalersOf } from './scalers';

test('the adapter makes the metrics by which the HPA scales, of the series that it asks for', async () => {
  const { objects } = await renderOverlay('prod', await findRenderer());
  const wanted = scalersOf(objects).flatMap(({ metrics }) => metrics);
  const rules = adapterRules();
  expect(wanted).toHaveLength(1);
  expect(rules.map(({ name }) => name.as)).toEqual(wanted);
  for (const rule of rules) {
    const [series = ''] = askedBy(rule.seriesQuery).metrics;
    expect(series).toMatch(new RegExp(rule.name.matches));
    expect(queriesOf(rule).flatMap((query) => askedBy(query).metrics)).toEqual([series, series]);
  }
});

test('a query asks for metrics and labels', () => {
  const query =
    'sum(max by (pod) (sum by (pod, job) (rate(a_total{b="1",c=~"x.*",d!~"/y/.*"}[2m])))) / e{f!=""}';
  expect(askedBy(query)).toEqual({ metrics: ['a_total', 'e'], labels: ['b', 'c', 'd', 'f', 'pod', 'job'] });
});

test('a scrape has labels of a metric', () => {
  expect(labelsOf('a_total', '# TYPE a_total counter\na_total{b="1",c="x"} 2\na_totals{d="1"} 3')).toEqual([
    'b',
    'c',
  ]);
});
