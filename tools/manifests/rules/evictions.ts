import { Fault, fault } from '../fault';
import { matches, ObjectOf, ofKind } from '../objects';
import type { Rendered, Rule } from '../rendered';
import { scalersFor } from '../scalers';

/** A PodDisruptionBudget says one thing, and with the fewest pods that there may be one can still be evicted. */
export const evictions: Rule = (rendered) =>
  ofKind(rendered.objects, 'PodDisruptionBudget').flatMap((budget): Fault[] => {
    const { minAvailable, maxUnavailable } = budget.spec ?? {};
    if ((minAvailable === undefined) === (maxUnavailable === undefined))
      return [fault(budget, 'spec', 'must have one of minAvailable and maxUnavailable')];
    return deploymentsOf(budget, rendered).flatMap((deployment) => {
      const pods = fewestPods(deployment, rendered);
      const allowed =
        minAvailable === undefined ? share(maxUnavailable, pods) : pods - share(minAvailable, pods);
      if (allowed >= 1 || pods === 0) return [];
      const field = minAvailable === undefined ? 'maxUnavailable' : 'minAvailable';
      const message = `lets none of the ${pods} pods of ${deployment.metadata.name} be evicted, and no node be drained: take maxUnavailable 1`;
      return [fault(budget, `spec.${field}`, message)];
    });
  });

function deploymentsOf(
  budget: ObjectOf<'PodDisruptionBudget'>,
  { objects }: Rendered,
): ObjectOf<'Deployment'>[] {
  return ofKind(objects, 'Deployment').filter(
    ({ metadata, spec }) =>
      metadata.namespace === budget.metadata.namespace &&
      matches(budget.spec?.selector, spec?.template?.metadata?.labels),
  );
}

function fewestPods(deployment: ObjectOf<'Deployment'>, { objects }: Rendered): number {
  const [scaler] = scalersFor(objects, deployment);
  return scaler?.minReplicas ?? deployment.spec?.replicas ?? 1;
}

/** Kubernetes rounds both up. */
function share(value: string | number = 0, of: number): number {
  return typeof value === 'number' ? value : Math.ceil((of * Number.parseInt(value, 10)) / 100);
}
