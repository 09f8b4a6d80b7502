import { KubernetesObject, Labels, ofKind } from './objects';
import type { Rendered } from './rendered';

export type SourceKind = 'ConfigMap' | 'Secret';

/** A ConfigMap or Secret that containers can take keys from, and the object that brings it into the cluster. */
export interface KeySource {
  kind: SourceKind;
  name: string;
  namespace: string | undefined;
  /** The key's value, or undefined when only the cluster will know it. */
  keys: ReadonlyMap<string, string | undefined>;
  /** Undefined for one that is made elsewhere. */
  madeBy: KubernetesObject | undefined;
}

/** All that the rendered objects make, by themselves or through the controller of their secret component. */
export function keySourcesOf({ objects, secretsFromElsewhere }: Rendered): KeySource[] {
  return [
    ...ofKind(objects, 'ConfigMap').map((object) => source('ConfigMap', object, known(object.data))),
    ...ofKind(objects, 'Secret').map((object) => source('Secret', object, secretValues(object))),
    ...ofKind(objects, 'ExternalSecret').map((object) => {
      const { target, data = [] } = object.spec ?? {};
      const templated = target?.template?.data;
      const keys = templated ? Object.keys(templated) : data.map(({ secretKey = '' }) => secretKey);
      return source('Secret', object, unknown(keys), target?.name);
    }),
    // The Secret takes the name of the SealedSecret, whatever its template says.
    ...ofKind(objects, 'SealedSecret').map((object) => {
      const template = object.spec?.template as { data?: Labels } | undefined;
      const keys = [...Object.keys(object.spec?.encryptedData ?? {}), ...Object.keys(template?.data ?? {})];
      return source('Secret', object, unknown(keys));
    }),
    ...ofKind(objects, 'VaultStaticSecret').map((object) => {
      const { destination } = object.spec ?? {};
      const keys = Object.keys(destination?.transformation?.templates ?? {});
      return source('Secret', object, unknown(keys), destination?.name);
    }),
    ...Object.entries(secretsFromElsewhere).map(([name, keys]) => ({
      kind: 'Secret' as const,
      name,
      namespace: undefined,
      keys: unknown(keys),
      madeBy: undefined,
    })),
  ];
}

export function findSource(
  sources: readonly KeySource[],
  kind: SourceKind,
  name: string,
  namespace: string | undefined,
): KeySource | undefined {
  return sources.find(
    (source) =>
      source.kind === kind &&
      source.name === name &&
      (source.madeBy === undefined || source.namespace === namespace),
  );
}

function source(
  kind: SourceKind,
  madeBy: KubernetesObject,
  keys: ReadonlyMap<string, string | undefined>,
  name = madeBy.metadata.name,
): KeySource {
  return { kind, name, namespace: madeBy.metadata.namespace, keys, madeBy };
}

function unknown(keys: readonly string[]): ReadonlyMap<string, undefined> {
  return new Map(keys.map((key) => [key, undefined]));
}

function known(data: unknown): ReadonlyMap<string, string> {
  return new Map(Object.entries((data ?? {}) as Record<string, string>));
}

function secretValues({ data, stringData }: { data?: unknown; stringData?: unknown }) {
  const decoded = [...known(data)].map(([key, value]): [string, string] => [
    key,
    Buffer.from(value, 'base64').toString(),
  ]);
  return new Map([...decoded, ...known(stringData)]);
}
