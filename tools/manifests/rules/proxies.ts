import { Fault, fault } from '../fault';
import { matches, ofKind } from '../objects';
import { numberOf, OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';
import { podLabels } from '../workloads';
import { portNumber } from './ports';
import { hasPort } from './selectors';
import { Backend, backendsIn, serviceOf, servicePort } from './services';

const NGINX = 'nginx.ingress.kubernetes.io/';
/** Of ingress-nginx, which takes any other for nothing: those that we use, and those that belong beside them. */
const NGINX_ANNOTATIONS = [
  ...[
    'proxy-body-size',
    'proxy-connect-timeout',
    'proxy-read-timeout',
    'proxy-send-timeout',
    'proxy-buffer-size',
  ],
  ...['limit-rps', 'limit-rpm', 'limit-connections', 'limit-burst-multiplier', 'limit-whitelist'],
  ...[
    'ssl-redirect',
    'force-ssl-redirect',
    'backend-protocol',
    'whitelist-source-range',
    'denylist-source-range',
  ],
];

/** What the public reaches is the port of the public, in a process that knows of the proxy before it. */
export const proxies: Rule = (rendered) =>
  backendsIn(rendered.objects).flatMap((backend) =>
    ownBehind(backend, rendered).flatMap((own) => [
      ...otherPort(backend, own, rendered),
      ...unknownProxy(backend, own, rendered),
    ]),
  );

/** An annotation that the controller does not know does nothing, and says nothing. */
export const nginxAnnotations: Rule = ({ objects }) =>
  ofKind(objects, 'Ingress').flatMap((ingress) =>
    Object.keys(ingress.metadata.annotations ?? {})
      .filter((key) => key.startsWith(NGINX) && !NGINX_ANNOTATIONS.includes(key.slice(NGINX.length)))
      .map((key) =>
        fault(
          ingress,
          `metadata.annotations[${key}]`,
          'is not known here: look it up, then list it in tools/manifests/rules/proxies.ts',
        ),
      ),
  );

function otherPort(backend: Backend, own: OwnContainer, rendered: Rendered): Fault[] {
  const service = serviceOf(backend, rendered.objects);
  const served = service && servicePort(service, backend.port);
  const number = portNumber(own.container, served?.targetPort ?? served?.port);
  const expected = numberOf(own, rendered, 'PORT');
  // A port that is not there is said of the Service.
  if (!served || number === expected || !hasPort(own.workload, number)) return [];
  const message = `leads to port ${number ?? ''} of ${own.workload.object.metadata.name}, and ${own.process} serves the public on ${expected ?? 'none'} (PORT)`;
  return [fault(backend.route, backend.path, message)];
}

function unknownProxy({ route }: Backend, own: OwnContainer, rendered: Rendered): Fault[] {
  if (numberOf(own, rendered, 'TRUSTED_PROXY_HOPS') !== 0) return [];
  const message = `TRUSTED_PROXY_HOPS must be at least 1 behind ${route.kind} ${route.metadata.name}: else all clients have the proxy's address, and share its sign-in limit`;
  return [fault(own.workload.object, `${own.path}.env`, message)];
}

function ownBehind(backend: Backend, { objects }: Rendered): OwnContainer[] {
  const selector = serviceOf(backend, objects)?.spec?.selector;
  return ownContainers(objects).filter(
    ({ workload }) =>
      selector !== undefined &&
      workload.object.metadata.namespace === backend.route.metadata.namespace &&
      matches({ matchLabels: selector }, podLabels(workload)),
  );
}
