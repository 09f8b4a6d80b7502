import { fault } from '../fault';
import { matches, ofKind } from '../objects';
import type { Rule } from '../rendered';
import { podLabels, workloadsIn, workloadsOf } from '../workloads';
import { hasPort } from './selectors';

/** Whatever tells Prometheus where to scrape names a port that the pods declare. */
export const scraping: Rule = ({ objects }) => [
  ...workloadsOf(objects).flatMap((workload) => {
    const annotations = workload.template.metadata?.annotations ?? {};
    const port = annotations['prometheus.io/port'];
    if (annotations['prometheus.io/scrape'] !== 'true' || hasPort(workload, Number(port))) return [];
    const path = `${workload.path}.metadata.annotations[prometheus.io/port]`;
    return [fault(workload.object, path, `${port ?? 'no port'} is no port of its containers`)];
  }),
  ...ofKind(objects, 'PodMonitor').flatMap((monitor) => {
    const selector = monitor.spec?.selector;
    const pods = workloadsIn(objects, monitor.metadata.namespace, (labels) => matches(selector, labels));
    return (monitor.spec?.podMetricsEndpoints ?? []).flatMap(({ port, portNumber }, index) =>
      pods
        .filter((pod) => !hasPort(pod, port ?? portNumber))
        .map((pod) =>
          fault(
            monitor,
            `spec.podMetricsEndpoints[${index}].port`,
            `${pod.object.metadata.name} (${podLabels(pod)['app'] ?? ''}) has no port ${String(port ?? portNumber)}`,
          ),
        ),
    );
  }),
];
