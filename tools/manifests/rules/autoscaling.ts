import { Fault, fault } from '../fault';
import { KubernetesObject, matches, ObjectOf, ofKind } from '../objects';
import type { Rule } from '../rendered';
import { rolloutOf, scaledDeployment, Scaler, scalersFor, scalersOf } from '../scalers';

/** An autoscaler has a Deployment to scale, or the Rollout that took its place, and room to do so. */
export const scalerTargets: Rule = ({ objects }) =>
  scalersOf(objects).flatMap(({ object, target, minReplicas, maxReplicas }) => [
    ...(scaledDeployment(objects, { object, target })
      ? []
      : [fault(object, 'spec.scaleTargetRef', noTarget(objects, { object, target }))]),
    ...(minReplicas <= maxReplicas
      ? []
      : [fault(object, 'spec', `at least ${minReplicas} pods and at most ${maxReplicas} cannot be`)]),
  ]);

function noTarget(
  objects: readonly KubernetesObject[],
  { object, target: { kind = 'Deployment', name } }: Pick<Scaler, 'object' | 'target'>,
): string {
  const { namespace } = object.metadata;
  if (kind === 'Deployment' && rolloutOf(objects, { namespace, deployment: name }))
    return `a Rollout has the pods of Deployment ${name ?? ''}: list components/progressive-delivery after its autoscaler`;
  return `there is no ${kind} ${name ?? ''}`;
}

/** One owner of the number of pods: an autoscaler, or the manifest's `replicas`. */
export const replicaOwners: Rule = ({ objects }) =>
  ofKind(objects, 'Deployment').flatMap((deployment) => {
    const [scaler, ...others] = scalersFor(objects, deployment);
    const { replicas } = deployment.spec ?? {};
    const twice = others.map(({ object }) =>
      fault(
        object,
        'spec.scaleTargetRef',
        `${deployment.metadata.name} is scaled by ${scaler?.object.kind ?? ''} ${scaler?.object.metadata.name ?? ''} too: keep one of them`,
      ),
    );
    if (!scaler || replicas === undefined) return twice;
    const message = `every apply would reset the count that ${scaler.object.kind} ${scaler.object.metadata.name} has set: remove it`;
    return [...twice, fault(deployment, 'spec.replicas', message)];
  });

/** Utilization is a share of the request, so a container without one makes the autoscaler blind. */
export const scaledRequests: Rule = ({ objects }) =>
  scalersOf(objects).flatMap((scaler) => {
    const deployment = scaledDeployment(objects, scaler);
    return (deployment?.spec?.template?.spec?.containers ?? []).flatMap(({ resources }, index) =>
      scaler.resources.flatMap((name) => {
        if (deployment === undefined || resources?.requests?.[name] !== undefined) return [];
        const path = `spec.template.spec.containers[${index}].resources.requests.${name}`;
        const message = `must be set: ${scaler.object.kind} ${scaler.object.metadata.name} scales by a share of it`;
        return [fault(deployment, path, message)];
      }),
    );
  });

/** A metric that comes out of Prometheus has to get into it: the pods are scraped. */
export const scrapedMetrics: Rule = ({ objects }) =>
  scalersOf(objects).flatMap((scaler): Fault[] => {
    const deployment = scaledDeployment(objects, scaler);
    if (!deployment || scaler.metrics.length === 0 || isScraped(objects, deployment)) return [];
    const message = `${scaler.metrics.join(', ')} would never arrive, since nothing scrapes ${deployment.metadata.name}: add components/prometheus or components/requests-per-second`;
    return [fault(scaler.object, 'spec', message)];
  });

function isScraped(objects: readonly KubernetesObject[], deployment: ObjectOf<'Deployment'>): boolean {
  const { annotations, labels } = deployment.spec?.template?.metadata ?? {};
  const { namespace } = deployment.metadata;
  return (
    annotations?.['prometheus.io/scrape'] === 'true' ||
    ofKind(objects, 'PodMonitor').some(
      ({ metadata, spec }) => metadata.namespace === namespace && matches(spec?.selector, labels ?? {}),
    )
  );
}
