import { Fault, fault } from '../fault';
import { numberOf, OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';
import type { Container } from '../workloads';

/** The container's ports are those that its process listens on, and the probes ask at the one with the probes. */
export const ports: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) => [
    ...declaredPorts(own, rendered),
    ...probePorts(own, rendered),
  ]);

/** The number of a container's port, which a probe, a Service or a monitor may name. */
export function portNumber({ ports = [] }: Container, port: string | number | undefined): number | undefined {
  return typeof port === 'number' ? port : ports.find(({ name }) => name === port)?.containerPort;
}

function declaredPorts(own: OwnContainer, rendered: Rendered): Fault[] {
  const { workload, container, path, process } = own;
  const listening = ['PORT', 'METRICS_PORT'].flatMap((name) => numberOf(own, rendered, name) ?? []);
  return (container.ports ?? [])
    .filter(({ containerPort }) => containerPort === undefined || !listening.includes(containerPort))
    .map(({ name, containerPort }) => {
      const message = `${process} does not listen on ${containerPort ?? 'it'}: PORT and METRICS_PORT say ${listening.join(' and ')}`;
      return fault(workload.object, `${path}.ports[${name ?? ''}]`, message);
    });
}

function probePorts(own: OwnContainer, rendered: Rendered): Fault[] {
  const { workload, container, path } = own;
  const serving = numberOf(own, rendered, 'PORT');
  return (['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((name) => {
    const port = container[name]?.httpGet?.port;
    if (port === undefined || portNumber(container, port) === serving) return [];
    const message = `${port} is not the port with the probes, which is ${serving ?? 'none'} (PORT)`;
    return [fault(workload.object, `${path}.${name}.httpGet.port`, message)];
  });
}
