import { parser } from '@prometheus-io/lezer-promql';
import { scratchFolder } from '@kubernest/testing';
import { renderCombination } from './combinations';
import { findRenderer } from './kustomize';
import { findObject, type KubernetesObject, ofKind } from './objects';
import type { Rendered } from './rendered';
import { faultsOf } from './validate';

const namespace = 'production';
const scratch = scratchFolder();
const render = async (...components: string[]): Promise<Rendered> =>
  renderCombination(components, { renderer: await findRenderer(), scratch });

let rendered: Rendered;
beforeAll(async () => {
  rendered = await render('prometheus', 'progressive-delivery');
});

const deployment = () => findObject(rendered.objects, 'Deployment', { name: 'api-server', namespace });

test('the Rollout keeps the pace and the deadlines of its Deployment', () => {
  const own = findObject(rendered.objects, 'Rollout', { name: 'api-server', namespace })?.spec;
  const { minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit, strategy } =
    deployment()?.spec ?? {};
  expect(own).toMatchObject({ minReadySeconds, progressDeadlineSeconds, revisionHistoryLimit });
  expect(own?.strategy?.canary).toMatchObject({ ...strategy?.rollingUpdate });
  // Or every apply would reset what the autoscaler, and Argo Rollouts, have set.
  expect([own?.replicas, deployment()?.spec?.replicas]).toEqual([undefined, undefined]);
});

test.each(['hpa', 'keda'])('%s listed after it would scale the Deployment, which is told', async (scaler) => {
  const faults = await faultsOf(await render('prometheus', 'progressive-delivery', scaler));
  expect(faults).toEqual([
    expect.stringContaining(
      'spec.scaleTargetRef: a Rollout has the pods of Deployment api-server: list components/progressive-delivery after its autoscaler',
    ),
  ]);
});

test('the query is PromQL about the metric and the labels that the API has, and about pods of one release', () => {
  const { objects } = rendered;
  const [template] = objects.filter(({ kind }) => kind === 'AnalysisTemplate') as (KubernetesObject & {
    spec: { args: { name: string }[]; metrics: { provider: { prometheus: { query: string } } }[] };
  })[];
  const query = template?.spec.metrics[0]?.provider.prometheus.query ?? '';
  const filled = query.replaceAll('{{args.namespace}}', namespace).replaceAll('{{args.hash}}', '5d9c7b8f6');
  expect(filled).not.toContain('{{');
  const names: string[] = [];
  parser.parse(filled).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at ${from}: ${filled.slice(from)}`);
      if (['Identifier', 'LabelName'].includes(type.name)) names.push(filled.slice(from, to));
    },
  });
  expect([...new Set(names)].sort()).toEqual(['http_requests_total', 'namespace', 'pod', 'route', 'status']);
  const [rollout] = ofKind(objects, 'Rollout');
  expect(rollout?.spec?.strategy?.canary?.analysis?.args?.map(({ name }) => name)).toEqual(
    template?.spec.args.map(({ name }) => name),
  );
});
