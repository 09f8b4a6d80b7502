import type { Loose } from '../objects';
import type { Container } from '../workloads';
import type { ILifecycleHandler } from 'kubernetes-models/v1/LifecycleHandler';

/** The paths of the `host` fields in a container's probes and lifecycle hooks: with one, the kubelet calls whom it names. */
export function handlerHosts(container: Container): string[] {
  const handlers: Readonly<Record<string, Loose<ILifecycleHandler> | undefined>> = {
    startupProbe: container.startupProbe,
    readinessProbe: container.readinessProbe,
    livenessProbe: container.livenessProbe,
    'lifecycle.postStart': container.lifecycle?.postStart,
    'lifecycle.preStop': container.lifecycle?.preStop,
  };
  return Object.entries(handlers).flatMap(([place, handler]) =>
    (['httpGet', 'tcpSocket'] as const).flatMap((action) =>
      handler?.[action]?.host ? [`${place}.${action}.host`] : [],
    ),
  );
}
