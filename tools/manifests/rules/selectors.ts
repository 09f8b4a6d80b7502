import { Fault, fault } from '../fault';
import { KubernetesObject, matches, ObjectOf, ofKind, Selector } from '../objects';
import type { Rule } from '../rendered';
import { podLabels, Workload, workloadsIn, workloadsOf } from '../workloads';

/** A Deployment or StatefulSet selects the pods that it makes, and nobody else's. */
export const workloadSelectors: Rule = ({ objects }) =>
  workloadsOf(objects).flatMap((workload) => {
    const { object } = workload;
    if (object.kind !== 'Deployment' && object.kind !== 'StatefulSet') return [];
    const selector = (object as ObjectOf<'Deployment'>).spec?.selector;
    if (!matches(selector, podLabels(workload)))
      return [fault(object, 'spec.selector', 'does not match the labels of its own pod template')];
    return selected(objects, object, selector)
      .filter((other) => other.object !== object)
      .map((other) =>
        fault(object, 'spec.selector', `matches the pods of ${other.object.metadata.name} too`),
      );
  });

/** Of pods that no manifest here makes, but a controller: cert-manager, to answer an HTTP-01 challenge. */
const MADE_BY_CONTROLLERS = ['acme.cert-manager.io/http01-solver'];

/** Whatever selects pods selects some. */
export const podSelectors: Rule = ({ objects }) => {
  const selecting = [
    ...ofKind(objects, 'PodDisruptionBudget').map((object) => ({
      object,
      selector: object.spec?.selector,
      path: 'spec.selector',
    })),
    ...ofKind(objects, 'NetworkPolicy').map((object) => ({
      object,
      selector: object.spec?.podSelector,
      path: 'spec.podSelector',
    })),
    ...ofKind(objects, 'PodMonitor').map((object) => ({
      object,
      selector: object.spec?.selector,
      path: 'spec.selector',
    })),
  ];
  return selecting.flatMap(({ object, selector, path }) =>
    selected(objects, object, selector).length > 0 || selectsMadeByControllers(selector)
      ? []
      : [fault(object, path, 'selects no pod of these manifests')],
  );
};

function selectsMadeByControllers(selector: Selector | undefined): boolean {
  return MADE_BY_CONTROLLERS.some((label) => selector?.matchLabels?.[label] !== undefined);
}

/** Every long-running workload of ours has a PodDisruptionBudget, or a drained node takes all of its pods at once. */
export const disruptionBudgets: Rule = ({ objects }) =>
  ofKind(objects, 'Deployment').flatMap((deployment) => {
    const labels = deployment.spec?.template?.metadata?.labels;
    const budgets = ofKind(objects, 'PodDisruptionBudget').filter(
      ({ metadata, spec }) =>
        metadata.namespace === deployment.metadata.namespace && matches(spec?.selector, labels),
    );
    if (budgets.length === 1) return [];
    const message =
      budgets.length === 0
        ? 'no PodDisruptionBudget selects its pods'
        : 'more than one PodDisruptionBudget selects its pods: the eviction API refuses all evictions then';
    return [fault(deployment, '', message)];
  });

/** A policy's peers and ports lead to pods that are there. */
export const networkPolicies: Rule = ({ objects }) =>
  ofKind(objects, 'NetworkPolicy').flatMap((object): Fault[] => {
    const pods = selected(objects, object, object.spec?.podSelector);
    return (object.spec?.ingress ?? []).flatMap(({ from = [], ports = [] }, rule) => [
      ...from.flatMap(({ podSelector, namespaceSelector }, index) => {
        if (!podSelector || namespaceSelector) return [];
        const peers = selected(objects, object, podSelector);
        const path = `spec.ingress[${rule}].from[${index}].podSelector`;
        return peers.length > 0 ? [] : [fault(object, path, 'selects no pod of these manifests')];
      }),
      ...ports.flatMap(({ port }, index) => {
        const without = port === undefined ? undefined : pods.find((pod) => !hasPort(pod, port));
        const path = `spec.ingress[${rule}].ports[${index}]`;
        return without
          ? [fault(object, path, `${without.object.metadata.name} has no port ${String(port)}`)]
          : [];
      }),
    ]);
  });

/** Whether one of the containers declares the port, by number or name. */
export function hasPort({ template }: Workload, port: unknown): boolean {
  return (template.spec?.containers ?? []).some(({ ports = [] }) =>
    ports.some(({ name, containerPort }) => port === name || port === containerPort),
  );
}

function selected(
  objects: readonly KubernetesObject[],
  { metadata: { namespace } }: KubernetesObject,
  selector: Selector | undefined,
): Workload[] {
  return workloadsIn(objects, namespace, (labels) => matches(selector, labels));
}
