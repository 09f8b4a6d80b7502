import { fault } from '../fault';
import { ofKind } from '../objects';
import type { Rule } from '../rendered';

const LEVELS = ['enforce', 'audit', 'warn'].map((mode) => `pod-security.kubernetes.io/${mode}`);
const CLUSTER_SCOPED = ['Namespace', 'ClusterSecretStore'];

/** Every namespace refuses pods that are not restricted. */
export const restrictedNamespaces: Rule = ({ objects }) =>
  ofKind(objects, 'Namespace').flatMap((object) =>
    LEVELS.filter((level) => object.metadata.labels?.[level] !== 'restricted').map((level) =>
      fault(object, `metadata.labels[${level}]`, 'must be restricted'),
    ),
  );

/** An overlay has a namespace of its own, so that it can be looked at, and taken away, as a whole. */
export const ownNamespace: Rule = ({ objects, title }) => {
  const [first, ...others] = ofKind(objects, 'Namespace');
  if (!first)
    return [{ object: title, path: 'namespace', message: 'brings no Namespace: list base/namespace.yaml' }];
  return [
    ...others.map((object) =>
      fault(object, '', `is one more, beside ${first.metadata.name}: an overlay has one`),
    ),
    ...(first.metadata.name === 'default'
      ? [fault(first, 'metadata.name', 'must not be default: name one for this environment')]
      : []),
  ];
};

/** Nothing lands in a namespace that these manifests do not bring, such as `default`. */
export const inNamespace: Rule = ({ objects }) => {
  const namespaces = ofKind(objects, 'Namespace').map(({ metadata }) => metadata.name);
  return objects
    .filter(
      ({ kind, metadata }) =>
        !CLUSTER_SCOPED.includes(kind) && !namespaces.includes(metadata.namespace ?? 'default'),
    )
    .map((object) =>
      fault(object, 'metadata.namespace', `there is no Namespace ${object.metadata.namespace ?? 'default'}`),
    );
};
