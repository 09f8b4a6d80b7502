import { Fault, fault } from '../fault';
import { findObject } from '../objects';
import type { Rule } from '../rendered';
import { containersOf, PlacedContainer, Workload, workloadsOf } from '../workloads';

/** What we ask of every pod beyond the Pod Security Standard. */
export const hardening: Rule = ({ objects }) =>
  workloadsOf(objects).flatMap((workload) => [
    ...(workload.template.spec?.automountServiceAccountToken === false
      ? []
      : [
          fault(
            workload.object,
            `${workload.path}.spec.automountServiceAccountToken`,
            'must be false: no pod asks the API server',
          ),
        ]),
    ...containersOf(workload).flatMap(hardened),
  ]);

/** Every workload has a ServiceAccount of its own, so that a right given to one is not given to others. */
export const serviceAccounts: Rule = ({ objects }) => {
  const workloads = workloadsOf(objects);
  return workloads.flatMap((workload) => {
    const { object, path } = workload;
    const name = accountOf(workload);
    const place = `${path}.spec.serviceAccountName`;
    const { namespace } = object.metadata;
    if (!findObject(objects, 'ServiceAccount', { name, namespace }))
      return [
        fault(object, place, `there is no ServiceAccount ${name ?? ''}: every workload brings its own`),
      ];
    const other = workloads.find(
      (each) => each !== workload && accountOf(each) === name && each.object.metadata.namespace === namespace,
    );
    return other ? [fault(object, place, `${name ?? ''} is that of ${other.object.metadata.name} too`)] : [];
  });
};

function accountOf({ template }: Workload): string | undefined {
  return template.spec?.serviceAccountName;
}

function hardened({ workload: { object }, container, path }: PlacedContainer): Fault[] {
  const { securityContext, resources } = container;
  const missing = [
    ...(['cpu', 'memory'] as const).flatMap((name) =>
      resources?.requests?.[name] === undefined ? [`requests.${name}`] : [],
    ),
    ...(resources?.limits?.['memory'] === undefined ? ['limits.memory'] : []),
  ];
  return [
    ...(securityContext?.readOnlyRootFilesystem === true
      ? []
      : [
          fault(
            object,
            `${path}.securityContext.readOnlyRootFilesystem`,
            'must be true: mount an emptyDir where it has to write',
          ),
        ]),
    ...missing.map((name) =>
      fault(
        object,
        `${path}.resources.${name}`,
        'must be set: without it one pod can starve the others of its node',
      ),
    ),
  ];
}
