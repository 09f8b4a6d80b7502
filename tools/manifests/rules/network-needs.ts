import type { Variable } from '@kubernest/config';
import { Fault, fault } from '../fault';
import { matches, ObjectOf, ofKind } from '../objects';
import { OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';
import { podLabels, Workload } from '../workloads';
import { portNumber } from './ports';
import { hasPort } from './selectors';

const DNS_PORT = 53;
/** Where the data stores listen, as long as nobody says otherwise. */
const STORE_PORTS: Readonly<Record<string, number>> = { DATABASE_URL: 5432, REDIS_URL: 6379 };

/** Where policies isolate a pod, they let out what its process needs, and no data store besides; and in, whom it serves. */
export const networkNeeds: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) => [
    ...outgoing(own, rendered),
    ...(own.workload.object.kind === 'Deployment' ? incoming(own, rendered) : []),
  ]);

function outgoing(own: OwnContainer, rendered: Rendered): Fault[] {
  const policies = policiesOf(own.workload, rendered, 'Egress');
  if (policies.length === 0) return [];
  const rules = policies.flatMap(({ spec }) => spec?.egress ?? []);
  const lets = (port: number) =>
    rules.some(({ ports }) => !ports || ports.some((each) => each.port === port));
  const variables = own.set.variables as Readonly<Record<string, Variable | undefined>>;
  const { object } = own.workload;
  const stores = Object.entries(STORE_PORTS).flatMap(([name, port]) => {
    if (name in variables === lets(port)) return [];
    const message =
      name in variables
        ? `no NetworkPolicy lets it out to port ${port}, where ${name} leads`
        : `NetworkPolicies let it out to port ${port}, and ${own.process} has no ${name}`;
    return [fault(object, '', message)];
  });
  return lets(DNS_PORT)
    ? stores
    : [...stores, fault(object, '', 'no NetworkPolicy lets it ask DNS (port 53)')];
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

function policiesOf(
  { object, ...workload }: Workload,
  { objects }: Rendered,
  type: 'Ingress' | 'Egress',
): ObjectOf<'NetworkPolicy'>[] {
  return ofKind(objects, 'NetworkPolicy').filter(
    ({ metadata, spec }) =>
      metadata.namespace === object.metadata.namespace &&
      (spec?.policyTypes ?? ['Ingress']).includes(type) &&
      matches(spec?.podSelector, podLabels({ object, ...workload })),
  );
}
