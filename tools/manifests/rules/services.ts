import { Fault, fault } from '../fault';
import { findObject, KubernetesObject, matches, ObjectOf, ofKind } from '../objects';
import type { Rule } from '../rendered';
import { workloadsIn } from '../workloads';
import { hasPort } from './selectors';

/** A Service selects pods, and each of its ports reaches a port that they declare. */
export const services: Rule = ({ objects }) =>
  ofKind(objects, 'Service').flatMap((service) => {
    const { selector, ports = [], type } = service.spec ?? {};
    if (type === 'ExternalName') return [];
    const pods = workloadsIn(
      objects,
      service.metadata.namespace,
      (labels) => selector !== undefined && matches({ matchLabels: selector }, labels),
    );
    if (pods.length === 0) return [fault(service, 'spec.selector', 'selects no pod of these manifests')];
    return ports.flatMap(({ port, targetPort = port }, index) =>
      pods
        .filter((pod) => !hasPort(pod, targetPort))
        .map((pod) =>
          fault(
            service,
            `spec.ports[${index}].targetPort`,
            `${pod.object.metadata.name} has no port ${String(targetPort)}`,
          ),
        ),
    );
  });

/** Where an Ingress or HTTPRoute sends requests. */
export interface Backend {
  route: KubernetesObject;
  path: string;
  name: string | undefined;
  port: unknown;
}

export function backendsIn(objects: readonly KubernetesObject[]): Backend[] {
  return [
    ...ofKind(objects, 'Ingress').flatMap(backendsOf),
    ...ofKind(objects, 'HTTPRoute').flatMap((route) =>
      (route.spec?.rules ?? []).flatMap(({ backendRefs = [] }, rule) =>
        backendRefs.map(({ name, port }, index) => ({
          route,
          path: `spec.rules[${rule}].backendRefs[${index}]`,
          name,
          port,
        })),
      ),
    ),
  ];
}

/** What an Ingress or HTTPRoute sends requests to is a Service with that port. */
export const routes: Rule = ({ objects }) =>
  backendsIn(objects).flatMap((backend): Fault[] => {
    const { route, path, name, port } = backend;
    const service = serviceOf(backend, objects);
    if (!service) return [fault(route, path, `there is no Service ${name ?? ''}`)];
    if (servicePort(service, port)) return [];
    return [fault(route, path, `Service ${service.metadata.name} has no port ${String(port)}`)];
  });

export function serviceOf(
  { route, name }: Backend,
  objects: readonly KubernetesObject[],
): ObjectOf<'Service'> | undefined {
  return findObject(objects, 'Service', { name, namespace: route.metadata.namespace });
}

/** That of a Service, by number or name. */
export function servicePort({ spec }: ObjectOf<'Service'>, port: unknown) {
  return (spec?.ports ?? []).find((served) => served.port === port || served.name === port);
}

/** Each host of an Ingress is under TLS, with a certificate that cert-manager or a Secret brings. */
export const ingressTls: Rule = ({ objects }) =>
  ofKind(objects, 'Ingress').flatMap((ingress) => [
    ...hostsWithoutTls(ingress),
    ...(isManaged(ingress) ? [] : missingCertificates(ingress, objects)),
  ]);

function hostsWithoutTls(ingress: ObjectOf<'Ingress'>): Fault[] {
  const { tls = [], rules = [] } = ingress.spec ?? {};
  const covered = tls.flatMap(({ hosts = [] }) => hosts);
  return rules.flatMap(({ host = 'any host' }, index) =>
    covered.includes(host)
      ? []
      : [fault(ingress, `spec.rules[${index}].host`, `${host} is not among spec.tls[].hosts`)],
  );
}

function isManaged({ metadata }: KubernetesObject): boolean {
  return Object.keys(metadata.annotations ?? {}).some((key) =>
    /^cert-manager\.io\/(cluster-)?issuer$/.test(key),
  );
}

function missingCertificates(ingress: ObjectOf<'Ingress'>, objects: readonly KubernetesObject[]): Fault[] {
  const message = 'nothing brings this certificate: name a cert-manager issuer in an annotation';
  const { namespace } = ingress.metadata;
  return (ingress.spec?.tls ?? []).flatMap(({ secretName: name }, index) =>
    findObject(objects, 'Secret', { name, namespace })
      ? []
      : [fault(ingress, `spec.tls[${index}].secretName`, message)],
  );
}

function backendsOf(route: ObjectOf<'Ingress'>): Backend[] {
  return (route.spec?.rules ?? []).flatMap(({ http }, rule) =>
    (http?.paths ?? []).map(({ backend }, index) => ({
      route,
      path: `spec.rules[${rule}].http.paths[${index}].backend.service`,
      name: backend?.service?.name,
      port: backend?.service?.port?.number ?? backend?.service?.port?.name,
    })),
  );
}
