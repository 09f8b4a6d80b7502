import { scratchFolder } from '@kubernest/testing';
import { renderCombination } from './combinations';
import { findRenderer } from './kustomize';
import { KubernetesObject, ofKind } from './objects';
import { deploymentsOfBase, renderOverlay } from './overlays';
import type { Rendered } from './rendered';
import { faultsOf } from './validate';

type Fields = Record<string, unknown>;

/** One change of one object. */
export interface Break {
  /** `Deployment api-server`; a generated name without its hash or version. */
  object: string;
  /** As in a fault; in a list `[api-server]` is the item of that name. */
  path: string;
  /** Undefined removes the field. */
  value?: unknown;
}

export const API = 'Deployment api-server';
export const WORKER = 'Deployment worker';
export const MIGRATE = 'Job migrate';
export const POD = 'spec.template.spec';
export const CONTAINER = `${POD}.containers[api-server]`;

/** Of the API's container. */
export function api(path: string, value?: unknown): Break {
  return { object: API, path: `${CONTAINER}.${path}`, value };
}

/** A variable of the API's container; undefined takes it away. */
export function env(name: string, value: string | undefined, object = API, container = CONTAINER): Break {
  return {
    object,
    path: `${container}.env[${name}]`,
    value: value === undefined ? undefined : { name, value },
  };
}

/** What specs break: between them, something of every kind. They are there once the tests run. CronJobs are left out unless asked for. */
export function forBreaking({ cronJobs = [] }: { cronJobs?: readonly string[] } = {}): Record<
  'prod' | 'dev' | 'isolated' | 'keda' | 'annotated',
  Rendered
> {
  const rendered = {} as ReturnType<typeof forBreaking>;
  const left = (all: Rendered) => withoutAdded(all, cronJobs);
  beforeAll(async () => {
    const renderer = await findRenderer();
    const scratch = scratchFolder();
    const combine = (...names: string[]) => renderCombination(names, { renderer, scratch });
    rendered.prod = inNamespace('production', left(await renderOverlay('prod', renderer)));
    rendered.dev = inNamespace('dev', left(await renderOverlay('dev', renderer)));
    rendered.isolated = {
      ...rendered.dev,
      objects: [...rendered.dev.objects, ...policiesOf(inNamespace('dev', rendered.prod))],
    };
    rendered.keda = left(await combine('keda', 'prometheus', 'gateway-api', 'vault'));
    rendered.annotated = left(await combine('requests-per-second', 'hpa', 'sealed-secrets'));
  });
  return rendered;
}

/** The specs count the workloads: a service or a CronJob that a team has added would be one too many. @param cronJobs those to keep */
export function withoutAdded({ objects, ...rest }: Rendered, cronJobs: readonly string[] = []): Rendered {
  const scheduled = ofKind(objects, 'CronJob').map(({ metadata }) => metadata.name);
  const added = [
    ...deploymentsOfBase().filter((name) => ![API, WORKER].includes(`Deployment ${name}`)),
    ...scheduled.filter((name) => !cronJobs.includes(name)),
  ];
  const left = objects.filter(({ metadata }) => !added.includes(metadata.name));
  return { ...rest, objects: left, runsElsewhere: added };
}

/** As if the overlay had this one: the specs name it, whatever a team calls its own. */
function inNamespace(namespace: string, rendered: Rendered): Rendered {
  const moved = (object: KubernetesObject): KubernetesObject => ({
    ...object,
    metadata: { ...object.metadata, [object.kind === 'Namespace' ? 'name' : 'namespace']: namespace },
  });
  return { ...rendered, objects: rendered.objects.map(moved) };
}

function policiesOf({ objects }: Rendered): KubernetesObject[] {
  return objects.filter(({ kind }) => kind === 'NetworkPolicy');
}

/** What to break, and all that is then said of it, in parts that suffice to know it. */
type Row = [title: string, what: Break | Break[], ...said: string[]];

/** A test for each row: exactly these faults, in this order. */
export function eachBroken(rendered: () => Rendered, rows: Row[]): void {
  test.each(rows)('%s', async (_, what, ...said) => {
    const found = await faultsOf(broken(rendered(), [what].flat()));
    expect(found).toEqual(said.map((text) => expect.stringContaining(text) as string));
  });
}

/** A copy of rendered objects with some things broken. */
export function broken(rendered: Rendered, breaks: readonly Break[]): Rendered {
  const objects = structuredClone(rendered.objects) as KubernetesObject[];
  for (const { object, path, value } of breaks) set(named(objects, object), path, value);
  return { ...rendered, objects };
}

export function without(rendered: Rendered, object: string): Rendered {
  const gone = named(rendered.objects, object);
  return { ...rendered, objects: rendered.objects.filter((each) => each !== gone) };
}

export function withObject(rendered: Rendered, object: object): Rendered {
  return { ...rendered, objects: [...rendered.objects, object as KubernetesObject] };
}

function named(objects: readonly KubernetesObject[], name: string): KubernetesObject {
  const matches = (each: KubernetesObject) => `${each.kind} ${each.metadata.name}`;
  const found =
    objects.find((each) => matches(each) === name) ??
    objects.find((each) => matches(each).startsWith(`${name}-`));
  if (!found) throw new Error(`There is no ${name} to break`);
  return found;
}

function set(object: KubernetesObject, path: string, value: unknown): void {
  const steps = [...path.matchAll(/\[([^\]]+)\]|([^.[\]]+)/g)].map(
    ([, inBrackets, plain]) => inBrackets ?? plain ?? '',
  );
  const end = steps.pop() ?? '';
  let place = object as unknown as Fields;
  for (const step of steps) place = (place[keyOf(place, step)] ??= {}) as Fields;
  const last = keyOf(place, end);
  if (value !== undefined) place[last] = value;
  else if (Array.isArray(place)) place.splice(Number(last), 1);
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- of a copy that only the test sees
  else delete place[last];
}

function keyOf(place: unknown, step: string): string {
  if (!Array.isArray(place) || /^\d+$/.test(step)) return step;
  const index = (place as { name?: string }[]).findIndex(({ name }) => name === step);
  return String(index < 0 ? place.length : index);
}
