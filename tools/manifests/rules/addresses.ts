import { environmentOf } from '../container-environment';
import { fault } from '../fault';
import { KubernetesObject, ofKind } from '../objects';
import { ownContainers } from '../processes';
import type { Rule } from '../rendered';

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'postgres:': '5432',
  'postgresql:': '5432',
  'redis:': '6379',
  'rediss:': '6379',
  'http:': '80',
  'https:': '443',
};

/** Undefined for a protocol of no data store that names none. */
export function portOf(url: URL): string | undefined {
  return url.port || DEFAULT_PORTS[url.protocol];
}

/** A data store that a process is told to reach by a plain host name is a Service of its namespace, on that port. */
export const addresses: Rule = (rendered) =>
  ownContainers(rendered.objects).flatMap((own) => {
    const { object } = own.workload;
    return environmentOf(own, rendered).settings.flatMap(({ name, path, value }) => {
      const url = value !== undefined && URL.canParse(value) ? new URL(value) : undefined;
      const port = url && portOf(url);
      if (!url?.hostname || url.hostname.includes('.') || !port) return [];
      if (isServed(rendered.objects, object, url.hostname, port)) return [];
      const message = `${name} leads to ${url.hostname}:${port}, and no Service of this namespace is called so and has that port`;
      return [fault(object, path, message)];
    });
  });

/** KEDA asks from its own namespace, where a plain host name means something else. */
export const scalerAddresses: Rule = ({ objects }) =>
  ofKind(objects, 'ScaledObject').flatMap((object) =>
    (object.spec?.triggers ?? []).flatMap(({ metadata }, index) => {
      const { address, serverAddress } = (metadata ?? {}) as { address?: string; serverAddress?: string };
      const given = serverAddress ?? address;
      const host = given?.replace(/^\w+:\/\//, '').replace(/[:/].*$/, '');
      if (host === undefined || host.includes('.')) return [];
      const message = `${host} is looked up in KEDA's own namespace: write <service>.<namespace>.svc`;
      return [fault(object, `spec.triggers[${index}].metadata`, message)];
    }),
  );

function isServed(
  objects: readonly KubernetesObject[],
  { metadata: { namespace } }: KubernetesObject,
  name: string,
  port: string,
): boolean {
  return ofKind(objects, 'Service').some(
    ({ metadata, spec }) =>
      metadata.name === name &&
      metadata.namespace === namespace &&
      (spec?.ports ?? []).some((served) => String(served.port) === port),
  );
}
