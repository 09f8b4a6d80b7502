import { findRenderer } from './kustomize';
import { renderOverlay } from './overlays';
import { adapterRules, queriesOf } from './prometheus-adapter';
import { Query } from './promql/syntax';
import { scalersOf } from './scalers';

test('the adapter makes the metrics by which the HPA scales, of the series that it asks for', async () => {
  const { objects } = await renderOverlay('prod', await findRenderer());
  const wanted = scalersOf(objects).flatMap(({ metrics }) => metrics);
  const rules = adapterRules();
  expect(wanted).toHaveLength(1);
  expect(rules.map(({ name }) => name.as)).toEqual(wanted);
  for (const rule of rules) {
    const [{ metric: series } = { metric: '' }] = new Query(rule.seriesQuery).selectors();
    expect(series).toMatch(new RegExp(rule.name.matches));
    const asked = queriesOf(rule).flatMap((query) => new Query(query).selectors());
    expect(asked.map(({ metric }) => metric)).toEqual([series, series]);
  }
});
