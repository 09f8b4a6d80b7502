import { Fault, fault } from './fault';
import { findSource, KeySource, keySourcesOf, SourceKind } from './key-sources';
import type { Rendered } from './rendered';
import type { PlacedContainer } from './workloads';

/** One environment variable of a container. */
export interface Setting {
  name: string;
  /** Where it is given. */
  path: string;
  /** Undefined when only the cluster will know it. */
  value: string | undefined;
  /** The ConfigMap or Secret and the key that it is taken from. */
  from?: { kind: SourceKind; name: string; key: string };
}

export interface ContainerEnvironment {
  settings: Setting[];
  /** References to what nothing makes. */
  faults: Fault[];
}

interface Reference {
  kind: SourceKind;
  name: string;
  optional: boolean;
  path: string;
}

/** What a container's process will find in its environment. */
export function environmentOf(placed: PlacedContainer, rendered: Rendered): ContainerEnvironment {
  const reader = new EnvironmentReader(placed, keySourcesOf(rendered));
  return { settings: [...reader.fromWholeObjects(), ...reader.fromEntries()], faults: reader.faults };
}

class EnvironmentReader {
  readonly faults: Fault[] = [];

  constructor(
    private readonly placed: PlacedContainer,
    private readonly sources: readonly KeySource[],
  ) {}

  fromWholeObjects(): Setting[] {
    return (this.placed.container.envFrom ?? []).flatMap(
      ({ configMapRef, secretRef, prefix = '' }, index) => {
        const kind = configMapRef ? 'ConfigMap' : 'Secret';
        const { name = '', optional = false } = configMapRef ?? secretRef ?? {};
        const reference = { kind, name, optional, path: `${this.placed.path}.envFrom[${index}]` } as const;
        return [...(this.find(reference)?.keys ?? [])].map(([key, value]) => ({
          name: `${prefix}${key}`,
          path: reference.path,
          value,
          from: { kind, name, key },
        }));
      },
    );
  }

  fromEntries(): Setting[] {
    return (this.placed.container.env ?? []).flatMap(({ name = '', value, valueFrom }): Setting[] => {
      const path = `${this.placed.path}.env[${name}]`;
      const kind = valueFrom?.secretKeyRef ? 'Secret' : 'ConfigMap';
      const selector = valueFrom?.secretKeyRef ?? valueFrom?.configMapKeyRef;
      if (!selector) return [{ name, path, value: valueFrom ? undefined : (value ?? '') }];
      const { key = '', name: object = '', optional = false } = selector;
      const source = this.find({ kind, name: object, optional, path });
      if (!source) return [];
      if (!source.keys.has(key)) {
        if (!optional)
          this.report(
            path,
            `${name} takes the key ${key} of ${kind} ${object}, which has ${list(source.keys)}`,
          );
        return [];
      }
      return [{ name, path, value: source.keys.get(key), from: { kind, name: object, key } }];
    });
  }

  private find({ kind, name, optional, path }: Reference): KeySource | undefined {
    const { namespace } = this.placed.workload.object.metadata;
    const source = findSource(this.sources, kind, name, namespace);
    if (!source && !optional)
      this.report(
        path,
        `there is no ${kind} ${name}: add what makes it, such as a generator or a secret component`,
      );
    return source;
  }

  private report(path: string, message: string): void {
    this.faults.push(fault(this.placed.workload.object, path, message));
  }
}

function list(keys: ReadonlyMap<string, unknown>): string {
  return keys.size === 0 ? 'no keys' : [...keys.keys()].join(', ');
}
