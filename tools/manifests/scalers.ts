import { KubernetesObject, ObjectOf, ofKind } from './objects';

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
export function scalersFor(
  objects: readonly KubernetesObject[],
  { kind, metadata }: KubernetesObject,
): Scaler[] {
  return scalersOf(objects).filter(
    ({ object, target }) =>
      object.metadata.namespace === metadata.namespace &&
      target.kind === kind &&
      target.name === metadata.name,
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
