import { Fault, fault } from '../fault';
import { numberOf, OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';

/** For the kubelet to run preStop and send the signal, and for the process to exit after its last step. */
export const MARGIN_SECONDS = 2;
/** Kubernetes' own default. */
const DEFAULT_GRACE_SECONDS = 30;
const DEFAULT_PERIOD_SECONDS = 10;
const DEFAULT_FAILURES = 3;
const DEFAULT_DEADLINE_SECONDS = 600;
/** A cold start on a busy node, with images of data stores still being pulled, takes that long now and then. */
const MIN_STARTUP_SECONDS = 60;

/** The grace period begins before preStop, and SIGKILL ends it: preStop, shutdown and a margin fit in. */
export const gracePeriod: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own): Fault[] => {
    const { workload, container, path } = own;
    const shutdownMs = numberOf(own, rendered, 'SHUTDOWN_TIMEOUT_MS');
    const preStop = container.lifecycle?.preStop;
    if (preStop && !preStop.sleep) {
      const message =
        'must be a sleep: there is no shell in the image, and how long another takes nobody knows';
      return [fault(workload.object, `${path}.lifecycle.preStop`, message)];
    }
    if (shutdownMs === undefined) return [];
    const sleep = preStop?.sleep?.seconds ?? 0;
    const grace = workload.template.spec?.terminationGracePeriodSeconds ?? DEFAULT_GRACE_SECONDS;
    const needed = sleep + shutdownMs / 1000 + MARGIN_SECONDS;
    if (needed < grace) return [];
    const message = `must be more than ${needed} s: ${sleep} s preStop + ${shutdownMs / 1000} s SHUTDOWN_TIMEOUT_MS + ${MARGIN_SECONDS} s margin, or SIGKILL comes first; it is ${grace} s`;
    return [fault(workload.object, `${workload.path}.spec.terminationGracePeriodSeconds`, message)];
  });

/** The drain is a part of the shutdown. The schema has that rule too; here it names the workload. */
export const drain: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) => {
    const drainMs = numberOf(own, rendered, 'SHUTDOWN_DRAIN_MS');
    const shutdownMs = numberOf(own, rendered, 'SHUTDOWN_TIMEOUT_MS');
    if (drainMs === undefined || shutdownMs === undefined || drainMs < shutdownMs) return [];
    const message = `SHUTDOWN_DRAIN_MS (${drainMs}) must be less than SHUTDOWN_TIMEOUT_MS (${shutdownMs}), of which it is a part`;
    return [fault(own.workload.object, `${own.path}.env`, message)];
  });

/** What serves has all three probes; none of them gives up before the process has answered. */
export const probes: Rule = (rendered) =>
  ownContainers(rendered.objects)
    .filter(({ workload }) => workload.object.kind === 'Deployment')
    .flatMap((own) => [...missingProbes(own), ...readinessTimeout(own, rendered), ...startupBudget(own)]);

function missingProbes({ workload, container, path }: OwnContainer): Fault[] {
  return (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((name) => {
    const probe = container[name];
    if (!probe?.httpGet) return [fault(workload.object, `${path}.${name}.httpGet`, 'must be set')];
    if (probe.timeoutSeconds !== undefined) return [];
    return [fault(workload.object, `${path}.${name}.timeoutSeconds`, 'must be set: the default is 1 s')];
  });
}

function readinessTimeout(own: OwnContainer, rendered: Rendered): Fault[] {
  const checkMs = numberOf(own, rendered, 'READINESS_TIMEOUT_MS');
  const timeout = own.container.readinessProbe?.timeoutSeconds ?? 1;
  if (checkMs === undefined || timeout * 1000 > checkMs) return [];
  const message = `must be more than READINESS_TIMEOUT_MS (${checkMs} ms), or the kubelet gives up before the answer that says what failed; it is ${timeout} s`;
  return [fault(own.workload.object, `${own.path}.readinessProbe.timeoutSeconds`, message)];
}

function startupBudget({ workload: { object }, container, path }: OwnContainer): Fault[] {
  const { periodSeconds = DEFAULT_PERIOD_SECONDS, failureThreshold = DEFAULT_FAILURES } =
    container.startupProbe ?? {};
  const budget = periodSeconds * failureThreshold;
  const { progressDeadlineSeconds: deadline = DEFAULT_DEADLINE_SECONDS } = object.spec as {
    progressDeadlineSeconds?: number;
  };
  if (budget >= MIN_STARTUP_SECONDS && budget <= deadline) return [];
  const message = `periodSeconds x failureThreshold is ${budget} s: take at least ${MIN_STARTUP_SECONDS} s, and no more than progressDeadlineSeconds (${deadline} s)`;
  return [fault(object, `${path}.startupProbe`, message)];
}
