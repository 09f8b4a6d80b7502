import { Fault, fault } from '../fault';
import { numberOf, OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';
import type { Container } from '../workloads';

const PORT_VARIABLES = ['PORT', 'METRICS_PORT', 'QUEUE_PAGE_PORT'];

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
  const known = PORT_VARIABLES.map((name) => ({ name, port: numberOf(own, rendered, name) }));
  const open = known.filter(({ port }) => port !== undefined);
  return (container.ports ?? [])
    .filter(({ containerPort }) => !open.some(({ port }) => port === containerPort))
    .map(({ name, containerPort }) => {
      const variables = open.map((variable) => variable.name).join(' and ');
      const numbers = open.map(({ port }) => port).join(' and ');
      const message = `${process} does not listen on ${containerPort ?? 'it'}: ${variables} say ${numbers}`;
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
