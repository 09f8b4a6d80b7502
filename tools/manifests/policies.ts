import { matches, ObjectOf, ofKind } from './objects';
import type { Rendered } from './rendered';
import { podLabels, Workload } from './workloads';

export type Direction = 'Ingress' | 'Egress';
export type EgressRule = NonNullable<NonNullable<ObjectOf<'NetworkPolicy'>['spec']>['egress']>[number];

/** The policies that isolate a workload's pods, in one direction. */
export function policiesOf(
  workload: Workload,
  { objects }: Rendered,
  direction: Direction,
): ObjectOf<'NetworkPolicy'>[] {
  return ofKind(objects, 'NetworkPolicy').filter(
    ({ metadata, spec }) =>
      metadata.namespace === workload.object.metadata.namespace &&
      (spec?.policyTypes ?? ['Ingress']).includes(direction) &&
      matches(spec?.podSelector, podLabels(workload)),
  );
}

export function egressOf(workload: Workload, rendered: Rendered): EgressRule[] {
  return policiesOf(workload, rendered, 'Egress').flatMap(({ spec }) => spec?.egress ?? []);
}

/** Whether one of the rules lets out to the port; one without ports does so to all. */
export function letsOut(rules: readonly EgressRule[], port: number, protocol: 'TCP' | 'UDP'): boolean {
  return rules.some(
    ({ ports }) =>
      !ports || ports.some((each) => each.port === port && (each.protocol ?? 'TCP') === protocol),
  );
}
