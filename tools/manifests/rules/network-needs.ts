import { Fault, fault } from '../fault';
import { environmentOf } from '../container-environment';
import { matches, ObjectOf, ofKind } from '../objects';
import { egressOf, letsOut, policiesOf } from '../policies';
import { OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';
import { DNS_PORT, needs, STORES, storePort } from '../store-ports';
import { podLabels, Workload } from '../workloads';
import { portOf } from './addresses';
import { portNumber } from './ports';
import { hasPort } from './selectors';

/** The variables that lead to a collector of traces. */
const COLLECTORS = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];

/** Where policies isolate a pod, they let out what its process needs, and no data store besides; and in, whom it serves. */
export const networkNeeds: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) => [
    ...outgoing(own, rendered),
    ...(own.workload.object.kind === 'Deployment' ? incoming(own, rendered) : []),
  ]);

function outgoing(own: OwnContainer, rendered: Rendered): Fault[] {
  const { object } = own.workload;
  if (policiesOf(own.workload, rendered, 'Egress').length === 0) return [];
  const rules = egressOf(own.workload, rendered);
  const stores = STORES.flatMap((store) => {
    const port = storePort(store, own, rendered);
    if (needs(own, store) === letsOut(rules, port, 'TCP')) return [];
    const message = needs(own, store)
      ? `no NetworkPolicy lets it out to TCP port ${port}, where ${store} leads`
      : `NetworkPolicies let it out to port ${port}, and ${own.process} has no ${store}`;
    return [fault(object, '', message)];
  });
  const collectors = environmentOf(own, rendered)
    .settings.filter(({ name, value = '' }) => COLLECTORS.includes(name) && URL.canParse(value))
    .map(({ name, value = '' }) => ({ name, port: Number(portOf(new URL(value))) }))
    .filter(({ port }) => !letsOut(rules, port, 'TCP'))
    .map(({ name, port }) =>
      fault(object, '', `no NetworkPolicy lets it out to TCP port ${port}, where ${name} leads`),
    );
  const dns = (['UDP', 'TCP'] as const)
    .filter((protocol) => !letsOut(rules, DNS_PORT, protocol))
    .map((protocol) => fault(object, '', `no NetworkPolicy lets it ask DNS (${protocol} port ${DNS_PORT})`));
  return [...stores, ...collectors, ...dns];
}

/** Where policies choose pods of ours, one denies everything to all: a pod that none of them chooses would be open. */
export const defaultDeny: Rule = (rendered) => {
  const policies = ofKind(rendered.objects, 'NetworkPolicy');
  const open = ownContainers(rendered.objects).flatMap(({ workload }) => [
    ...policiesOf(workload, rendered, 'Ingress'),
    ...policiesOf(workload, rendered, 'Egress'),
  ]);
  const [first] = open;
  if (!first || policies.some(deniesAll)) return [];
  const message =
    'other pods of its namespace stay open: add a NetworkPolicy with an empty podSelector, both policyTypes and no rule';
  return [fault(first, '', message)];
};

function deniesAll({ spec }: ObjectOf<'NetworkPolicy'>): boolean {
  const { podSelector, policyTypes = [], ingress = [], egress = [] } = spec ?? {};
  const all = Object.keys(podSelector ?? {}).length === 0;
  return all && policyTypes.length === 2 && ingress.length === 0 && egress.length === 0;
}

/** The ports that a Service or a monitor leads to. */
function incoming(own: OwnContainer, rendered: Rendered): Fault[] {
  const { workload, container } = own;
  const policies = policiesOf(workload, rendered, 'Ingress');
  if (policies.length === 0) return [];
  const rules = policies.flatMap(({ spec }) => spec?.ingress ?? []);
  const lets = (port: number | undefined) =>
    rules.some(({ ports }) => !ports || ports.some((each) => portNumber(container, each.port) === port));
  return wanted(workload, rendered)
    .filter(({ port }) => hasPort(workload, port) && !lets(portNumber(container, port)))
    .map(({ port, by }) => fault(workload.object, '', `no NetworkPolicy lets ${by} in to port ${port}`));
}

function wanted(
  { object, ...workload }: Workload,
  { objects }: Rendered,
): { port: string | number; by: string }[] {
  const labels = podLabels({ object, ...workload });
  const here = ({ metadata }: { metadata: { namespace?: string } }) =>
    metadata.namespace === object.metadata.namespace;
  const services = ofKind(objects, 'Service').filter(
    (each) =>
      here(each) && each.spec?.selector !== undefined && matches({ matchLabels: each.spec.selector }, labels),
  );
  const monitors = ofKind(objects, 'PodMonitor').filter(
    (each) => here(each) && matches(each.spec?.selector, labels),
  );
  return [
    ...services.flatMap(({ spec, metadata }) =>
      (spec?.ports ?? []).map(({ port = 0, targetPort = port }) => ({
        port: targetPort,
        by: `Service ${metadata.name}`,
      })),
    ),
    ...monitors.flatMap(({ spec }) =>
      (spec?.podMetricsEndpoints ?? []).map(({ port = 'metrics' }) => ({ port, by: 'Prometheus' })),
    ),
  ];
}
