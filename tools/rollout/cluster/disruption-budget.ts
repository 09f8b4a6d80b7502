import type { DisruptionBudgetSettings } from '../manifest';
import { resolve } from './deployment';
import type { PodView } from './pod';

export interface Budgeted {
  pods: readonly PodView[];
  /** That the Deployment asks for. */
  replicas: number;
  budget: DisruptionBudgetSettings;
}

/**
 * Whether the API server would grant an eviction now.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/
 */
export function mayEvict(pod: PodView, budgeted: Budgeted): boolean {
  const desired = desiredHealthy(budgeted);
  const spare = healthy(budgeted.pods) - desired;
  return pod.ready ? spare > 0 : budgeted.budget.evictUnhealthyAlways || (desired > 0 && spare >= 0);
}

/** Pods that are ready; minReadySeconds does not matter here. */
export function healthy(pods: readonly PodView[]): number {
  return pods.filter(({ terminating, ready }) => !terminating && ready).length;
}

export function desiredHealthy({ replicas, budget }: Budgeted): number {
  return budget.minAvailable === undefined
    ? Math.max(replicas - resolve(budget.maxUnavailable ?? 0, replicas, 'up'), 0)
    : resolve(budget.minAvailable, replicas, 'up');
}
