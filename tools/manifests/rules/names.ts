import { Fault, fault } from '../fault';
import { KubernetesObject, Labels, ofKind } from '../objects';
import type { Rule } from '../rendered';
import { containersOf, workloadsOf } from '../workloads';

const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const DNS_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const DNS_LABEL = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const PORT_NAME = /^(?=.*[a-z])(?!.*--)[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LONGEST_PORT_NAME = 15;
/** A CronJob appends eleven characters for the name of a Job. */
const LONGEST: Readonly<Record<string, number>> = { CronJob: 52, Service: 63, Namespace: 63 };
const LONGEST_NAME = 253;
/** Whose parts come from a version: rules/release.ts says what is wrong with it. */
const NAMED_BY_VERSION = { kind: 'Job', label: 'app.kubernetes.io/version' };

/** An object is there once: the second would overwrite the first. */
export const uniqueObjects: Rule = ({ objects }) =>
  objects
    .filter((object, index) => objects.findIndex((other) => idOf(other) === idOf(object)) < index)
    .map((object) => fault(object, '', 'is there twice: remove one of them'));

/** Names of objects are such as the API server takes. */
export const objectNames: Rule = ({ objects }) =>
  objects.flatMap((object): Fault[] => {
    const { kind, metadata } = object;
    const longest = LONGEST[kind] ?? LONGEST_NAME;
    const pattern = kind === 'Service' || kind === 'Namespace' ? DNS_LABEL : DNS_NAME;
    const fits = pattern.test(metadata.name) && metadata.name.length <= longest;
    if (fits || kind === NAMED_BY_VERSION.kind) return [];
    const message = `${metadata.name} is no name of a ${kind}: take at most ${longest} of a-z, 0-9 and -`;
    return [fault(object, 'metadata.name', message)];
  });

/** Labels of objects and pods are such as the API server takes. */
export const labels: Rule = ({ objects }) => [
  ...objects.flatMap((object) => labelFaults(object, 'metadata.labels', object.metadata.labels)),
  ...workloadsOf(objects).flatMap(({ object, template, path }) =>
    labelFaults(object, `${path}.metadata.labels`, template.metadata?.labels),
  ),
];

/** Names of ports, to which probes, Services and policies refer, are such as the API server takes. */
export const portNames: Rule = ({ objects }) => {
  const ofContainers = workloadsOf(objects)
    .flatMap(containersOf)
    .flatMap(({ workload, container, path }) =>
      (container.ports ?? []).map(({ name }, index) => ({
        object: workload.object,
        path: `${path}.ports[${index}]`,
        name,
      })),
    );
  const ofServices = ofKind(objects, 'Service').flatMap((object) =>
    (object.spec?.ports ?? []).map(({ name }, index) => ({ object, path: `spec.ports[${index}]`, name })),
  );
  return [...ofContainers, ...ofServices].flatMap(({ object, path, name }) =>
    name === undefined || (PORT_NAME.test(name) && name.length <= LONGEST_PORT_NAME)
      ? []
      : [
          fault(
            object,
            `${path}.name`,
            `${name} is no name of a port: take at most ${LONGEST_PORT_NAME} of a-z, 0-9 and -`,
          ),
        ],
  );
};

function labelFaults(object: KubernetesObject, path: string, given: Labels = {}): Fault[] {
  return Object.entries(given)
    .filter(([key]) => key !== NAMED_BY_VERSION.label)
    .filter(([key, value = '']) => !LABEL_KEY.test(key) || !LABEL_VALUE.test(value))
    .map(([key, value = '']) =>
      fault(object, `${path}[${key}]`, `"${value}" is no label: at most 63 of A-Z, a-z, 0-9, - _ and .`),
    );
}

function idOf({ apiVersion, kind, metadata }: KubernetesObject): string {
  const [group = ''] = apiVersion.includes('/') ? apiVersion.split('/') : [];
  return [group, kind, metadata.namespace, metadata.name].join(' ');
}
