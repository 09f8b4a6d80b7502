import type { KubernetesObject, ObjectOf } from './objects';
import { scalersFor } from './scalers';
import type { Workload } from './workloads';

const DEFAULT_GRACE_SECONDS = 30;
const DEFAULT_SURGE = '25%';

/** How many pods of a workload can hold connections at one moment, by reason. */
export interface MostPods {
  /** What the autoscaler or the manifest allows. */
  running: number;
  /** What a rollout adds before it takes away. */
  surge: number;
  /** Old pods that were told to end and have not yet. */
  draining: number;
}

/**
 * At the worst moment: a rollout at full scale.
 *
 * A Deployment counts neither as running nor as surge a pod that it has told to end, but until its grace period is over
 * that pod may keep its connections. The next ones are told to end when as many new pods have been available for
 * minReadySeconds, so `surge + unavailable` of them begin to drain in each such span, and one that began a whole grace
 * period ago is gone. What an autoscaler takes away was among the running ones. A run of a Job or CronJob has its pod's
 * successor only after its end.
 */
export function mostPods(objects: readonly KubernetesObject[], { object, template }: Workload): MostPods {
  if (object.kind !== 'Deployment') return { running: parallelism(object), surge: 0, draining: 0 };
  const { replicas = 1, strategy, minReadySeconds = 0 } = (object as ObjectOf<'Deployment'>).spec ?? {};
  const [scaler] = scalersFor(objects, object);
  const running = scaler?.maxReplicas ?? replicas;
  const { maxSurge = DEFAULT_SURGE, maxUnavailable = DEFAULT_SURGE } = strategy?.rollingUpdate ?? {};
  const recreated = strategy?.type === 'Recreate';
  const surge = recreated ? 0 : share(maxSurge, running, Math.ceil);
  const step = recreated ? running : surge + share(maxUnavailable, running, Math.floor);
  const grace = template.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
  const steps = minReadySeconds > 0 ? Math.ceil(grace / minReadySeconds) : Infinity;
  return { running, surge, draining: recreated ? 0 : Math.min(step * steps, running + surge) };
}

/** Kubernetes rounds a surge up, and what may be unavailable down. */
function share(value: string | number, of: number, round: (value: number) => number): number {
  return typeof value === 'number' ? value : round((of * Number.parseInt(value, 10)) / 100);
}

function parallelism(object: Workload['object']): number {
  if (object.kind === 'StatefulSet') return (object as ObjectOf<'StatefulSet'>).spec?.replicas ?? 1;
  const job =
    object.kind === 'CronJob'
      ? (object as ObjectOf<'CronJob'>).spec?.jobTemplate?.spec
      : (object as ObjectOf<'Job'>).spec;
  return job?.parallelism ?? 1;
}
