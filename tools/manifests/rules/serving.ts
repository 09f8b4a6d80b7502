import { Fault, fault } from '../fault';
import { matches, ofKind } from '../objects';
import { numberOf, OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';
import { podLabels } from '../workloads';

/** What libs/lifecycle serves; served.spec.ts asks for them. */
const PROBE_PATHS = {
  startupProbe: '/health/startup',
  readinessProbe: '/health/ready',
  livenessProbe: '/health/live',
} as const;

/** A pod is told to end and taken out of the endpoints at the same time: it serves on until the last of them knows. */
export const pauses: Rule = (rendered) =>
  serving(rendered).flatMap((own) => {
    const { workload, container, path } = own;
    const { preStop } = container.lifecycle ?? {};
    const faults: Fault[] = [];
    if ((preStop?.sleep?.seconds ?? 0) < 1 && !(preStop && !preStop.sleep))
      faults.push(
        fault(
          workload.object,
          `${path}.lifecycle.preStop.sleep.seconds`,
          'must be at least 1: the pod is still sent requests',
        ),
      );
    if (isBehindService(own, rendered) && numberOf(own, rendered, 'SHUTDOWN_DRAIN_MS') === 0)
      faults.push(
        fault(
          workload.object,
          `${path}.env`,
          'SHUTDOWN_DRAIN_MS must be more than 0: a Service sends it requests',
        ),
      );
    return faults;
  });

/** Each probe asks the question that it is for: liveness on /health/ready would restart pods for a database that is away. */
export const probePaths: Rule = (rendered) =>
  serving(rendered).flatMap(({ workload, container, path }) =>
    Object.entries(PROBE_PATHS).flatMap(([name, expected]) => {
      const { httpGet } = container[name as keyof typeof PROBE_PATHS] ?? {};
      if (!httpGet || httpGet.path === expected) return [];
      return [fault(workload.object, `${path}.${name}.httpGet.path`, `must be ${expected}`)];
    }),
  );

/** The entry point of our images is what starts Node as measured and tested; arguments choose the process. */
export const noCommands: Rule = ({ objects }) =>
  ownContainers(objects).flatMap(({ workload, container, path }) =>
    container.command === undefined
      ? []
      : [
          fault(
            workload.object,
            `${path}.command`,
            "must not be set: it replaces the image's entry point; use args",
          ),
        ],
  );

function serving({ objects }: Rendered): OwnContainer[] {
  return ownContainers(objects).filter(({ workload }) => workload.object.kind === 'Deployment');
}

function isBehindService({ workload }: OwnContainer, { objects }: Rendered): boolean {
  return ofKind(objects, 'Service').some(
    ({ metadata, spec }) =>
      metadata.namespace === workload.object.metadata.namespace &&
      spec?.selector !== undefined &&
      matches({ matchLabels: spec.selector }, podLabels(workload)),
  );
}
