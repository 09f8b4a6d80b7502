import type { IDeployment } from 'kubernetes-models/apps/v1/Deployment';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { IContainer } from 'kubernetes-models/v1/Container';
import type { IProbe } from 'kubernetes-models/v1/Probe';
import type { KubernetesObject } from '../manifests/objects';

export type IntOrPercent = number | string;

export interface ProbeSettings {
  path: string;
  initialDelayMs: number;
  periodMs: number;
  /** Not a wait but a limit on real work: `--speed` leaves it alone. */
  timeoutMs: number;
  failureThreshold: number;
  successThreshold: number;
}

/** What the harness plays by: the fields of the rendered Deployment and PodDisruptionBudget, with Kubernetes' defaults. */
export interface Manifest {
  maxSurge: IntOrPercent;
  maxUnavailable: IntOrPercent;
  minReadyMs: number;
  preStopMs: number;
  graceMs: number;
  probes: Record<'startup' | 'readiness' | 'liveness', ProbeSettings | undefined>;
  /** Of the container; what comes from Secrets is missing. */
  env: Record<string, string>;
  budget: DisruptionBudgetSettings;
}

export interface DisruptionBudgetSettings {
  minAvailable?: IntOrPercent;
  maxUnavailable?: IntOrPercent;
  evictUnhealthyAlways: boolean;
}

const WORKLOAD = 'api-server';

/** @throws Error naming what the objects lack */
export function readManifest(objects: readonly KubernetesObject[]): Manifest {
  const deployment = find(objects, 'Deployment', WORKLOAD) as IDeployment;
  const { spec } = deployment;
  const pod = spec?.template.spec;
  const container = pod?.containers.find(({ name }) => name === WORKLOAD);
  if (!spec || !pod || !container) throw new Error(`Deployment ${WORKLOAD} has no container ${WORKLOAD}`);
  const { maxSurge = '25%', maxUnavailable = '25%' } = spec.strategy?.rollingUpdate ?? {};
  return {
    maxSurge,
    maxUnavailable,
    minReadyMs: seconds(spec.minReadySeconds ?? 0),
    preStopMs: seconds(preStopSeconds(container)),
    graceMs: seconds(pod.terminationGracePeriodSeconds ?? 30),
    probes: {
      startup: probe(container.startupProbe),
      readiness: probe(container.readinessProbe),
      liveness: probe(container.livenessProbe),
    },
    env: environment(container, objects),
    budget: budget(find(objects, 'PodDisruptionBudget', WORKLOAD) as IPodDisruptionBudget),
  };
}

function find(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`The overlay has no ${kind} ${name}`);
  return found;
}

function preStopSeconds({ lifecycle }: IContainer): number {
  const { preStop } = lifecycle ?? {};
  if (!preStop) return 0;
  if (!preStop.sleep) throw new Error('preStop is no sleep: the harness plays no other hook');
  return preStop.sleep.seconds;
}

function probe(settings: IProbe | undefined): ProbeSettings | undefined {
  if (!settings) return undefined;
  if (!settings.httpGet) throw new Error('A probe is no httpGet: the harness plays no other');
  return {
    path: settings.httpGet.path ?? '/',
    initialDelayMs: seconds(settings.initialDelaySeconds ?? 0),
    periodMs: seconds(settings.periodSeconds ?? 10),
    timeoutMs: seconds(settings.timeoutSeconds ?? 1),
    failureThreshold: settings.failureThreshold ?? 3,
    successThreshold: settings.successThreshold ?? 1,
  };
}

/** As the kubelet composes it: ConfigMaps first, `env` over them. */
function environment({ env = [], envFrom = [] }: IContainer, objects: readonly KubernetesObject[]) {
  const maps = envFrom.flatMap(({ configMapRef }) =>
    configMapRef?.name ? [(find(objects, 'ConfigMap', configMapRef.name) as IConfigMap).data ?? {}] : [],
  );
  const literal = env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value] as const]));
  return Object.assign({}, ...maps, Object.fromEntries(literal)) as Record<string, string>;
}

function budget({ spec }: IPodDisruptionBudget): DisruptionBudgetSettings {
  const { minAvailable, maxUnavailable, unhealthyPodEvictionPolicy } = spec ?? {};
  return {
    ...(minAvailable !== undefined && { minAvailable }),
    ...(maxUnavailable !== undefined && { maxUnavailable }),
    evictUnhealthyAlways: unhealthyPodEvictionPolicy === 'AlwaysAllow',
  };
}

function seconds(value: number): number {
  return value * 1000;
}
