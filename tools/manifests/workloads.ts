import { KubernetesObject, Labels, Loose, ObjectOf, ofKind } from './objects';
import type { IPodTemplateSpec } from 'kubernetes-models/v1/PodTemplateSpec';
import type { IContainer } from 'kubernetes-models/v1/Container';

export type PodTemplate = Loose<IPodTemplateSpec>;
export type Container = Loose<IContainer>;

/** An object that makes pods. */
export interface Workload {
  object: ObjectOf<'Deployment'> | ObjectOf<'StatefulSet'> | ObjectOf<'Job'> | ObjectOf<'CronJob'>;
  template: PodTemplate;
  /** Where the template stands in the object. */
  path: string;
}

export interface PlacedContainer {
  workload: Workload;
  container: Container;
  /** From the object's root, as `spec.template.spec.containers[api-server]`. */
  path: string;
}

export function workloadsOf(objects: readonly KubernetesObject[]): Workload[] {
  const plain = [
    ...ofKind(objects, 'Deployment'),
    ...ofKind(objects, 'StatefulSet'),
    ...ofKind(objects, 'Job'),
  ];
  return [
    ...plain.map((object) => ({ object, template: object.spec?.template ?? {}, path: 'spec.template' })),
    ...ofKind(objects, 'CronJob').map((object) => ({
      object,
      template: object.spec?.jobTemplate?.spec?.template ?? {},
      path: 'spec.jobTemplate.spec.template',
    })),
  ];
}

/** Init containers first, as they run. */
export function containersOf(workload: Workload): PlacedContainer[] {
  const { spec } = workload.template;
  return (['initContainers', 'containers'] as const).flatMap((list) =>
    (spec?.[list] ?? []).map((container, index) => ({
      workload,
      container,
      path: `${workload.path}.spec.${list}[${container.name ?? index}]`,
    })),
  );
}

export function allContainers(objects: readonly KubernetesObject[]): PlacedContainer[] {
  return workloadsOf(objects).flatMap(containersOf);
}

/** The labels of the pods, as the map that a selector is held against. */
export function podLabels({ template }: Workload): Labels {
  return template.metadata?.labels ?? {};
}

/** The workloads of a namespace whose pods fit. */
export function workloadsIn(
  objects: readonly KubernetesObject[],
  namespace: string | undefined,
  fits: (labels: Labels) => boolean,
): Workload[] {
  return workloadsOf(objects).filter(
    (workload) => workload.object.metadata.namespace === namespace && fits(podLabels(workload)),
  );
}
