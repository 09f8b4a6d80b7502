import { findObject, KubernetesObject, ObjectOf, ofKind } from './objects';

/** KEDA's own default. */
const KEDA_MAX_REPLICAS = 100;

/** An object that owns the number of pods of a Deployment. */
export interface Scaler {
  object: ObjectOf<'HorizontalPodAutoscaler'> | ObjectOf<'ScaledObject'>;
  target: { kind: string | undefined; name: string | undefined };
  minReplicas: number;
  maxReplicas: number;
  /** Whether it reads `cpu` or `memory`, which are shares of the pods' requests. */
  resources: string[];
  /** Names of the metrics that come from Prometheus. */
  metrics: string[];
}

export function scalersOf(objects: readonly KubernetesObject[]): Scaler[] {
  return [
    ...ofKind(objects, 'HorizontalPodAutoscaler').map(ofAutoscaler),
    ...ofKind(objects, 'ScaledObject').map(ofScaledObject),
  ];
}

/** Those of a Deployment; more than one would fight. */
export function scalersFor(objects: readonly KubernetesObject[], deployment: KubernetesObject): Scaler[] {
  return scalersOf(objects).filter((scaler) => scaledDeployment(objects, scaler) === deployment);
}

/** The Deployment that holds the template of the pods that are scaled: the target itself, or what the target, a Rollout, refers to. */
export function scaledDeployment(
  objects: readonly KubernetesObject[],
  { object, target: { kind, name } }: Pick<Scaler, 'object' | 'target'>,
): ObjectOf<'Deployment'> | undefined {
  const { namespace } = object.metadata;
  const held = rolloutOf(objects, { namespace, deployment: name });
  // Argo Rollouts scales that one to nothing: whoever scales it, too, brings its pods back.
  if (kind === 'Deployment') return held ? undefined : findObject(objects, kind, { name, namespace });
  if (kind !== 'Rollout') return undefined;
  const rollout = findObject(objects, kind, { name, namespace });
  return findObject(objects, 'Deployment', { name: rollout?.spec?.workloadRef?.name, namespace });
}

/** What has taken the place of a Deployment, and keeps only its template. */
export function rolloutOf(
  objects: readonly KubernetesObject[],
  { namespace, deployment }: { namespace: string | undefined; deployment: string | undefined },
): ObjectOf<'Rollout'> | undefined {
  return ofKind(objects, 'Rollout').find(
    ({ metadata, spec }) => metadata.namespace === namespace && spec?.workloadRef?.name === deployment,
  );
}

function ofAutoscaler(object: ObjectOf<'HorizontalPodAutoscaler'>): Scaler {
  const { scaleTargetRef, minReplicas = 1, maxReplicas = 1, metrics = [] } = object.spec ?? {};
  return {
    object,
    target: { kind: scaleTargetRef?.kind, name: scaleTargetRef?.name },
    minReplicas,
    maxReplicas,
    resources: metrics.flatMap(({ resource }) => resource?.name ?? []),
    metrics: metrics.flatMap(({ pods }) => pods?.metric?.name ?? []),
  };
}

function ofScaledObject(object: ObjectOf<'ScaledObject'>): Scaler {
  const {
    scaleTargetRef,
    minReplicaCount = 0,
    maxReplicaCount = KEDA_MAX_REPLICAS,
    triggers = [],
  } = object.spec ?? {};
  return {
    object,
    target: { kind: scaleTargetRef?.kind ?? 'Deployment', name: scaleTargetRef?.name },
    minReplicas: minReplicaCount,
    maxReplicas: maxReplicaCount,
    resources: triggers.flatMap(({ type }) => (type === 'cpu' || type === 'memory' ? [type] : [])),
    metrics: triggers.flatMap(({ type, name }) => (type === 'prometheus' ? [name ?? type] : [])),
  };
}
