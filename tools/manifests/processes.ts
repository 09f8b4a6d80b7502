import type { Variable, VariableSet } from '@kubernest/config';
import { variableSets } from '../generate/processes';
import { environmentOf } from './container-environment';
import type { KubernetesObject } from './objects';
import type { Rendered } from './rendered';
import { allContainers, PlacedContainer } from './workloads';

/** A container that runs one of our images. */
export interface OwnContainer extends PlacedContainer {
  /** As in tools/generate/processes.ts. */
  process: string;
  set: VariableSet<never>;
}

/** Which process an image starts, by the last part of its name, where that is not the app's own. */
const PROCESS_OF_IMAGE: Readonly<Record<string, string>> = { 'api-server': 'api' };

/** The containers of our images; the others are somebody else's business. */
export function ownContainers(objects: readonly KubernetesObject[]): OwnContainer[] {
  return allContainers(objects).flatMap((placed) => {
    const process = processOf(placed);
    const set = process === undefined ? undefined : variableSets[process];
    return process === undefined || set === undefined ? [] : [{ ...placed, process, set }];
  });
}

/** The same image can start several processes: its first argument is the command. */
function processOf({ container }: PlacedContainer): string | undefined {
  const { baseName } = parseImage(container.image ?? '');
  const process = PROCESS_OF_IMAGE[baseName] ?? baseName;
  const [command = ''] = container.args ?? [];
  if (!(process in variableSets)) return undefined;
  return command in variableSets ? command : process;
}

export interface Image {
  /** Without registry and path. */
  baseName: string;
  tag: string | undefined;
  digest: string | undefined;
}

export function parseImage(image: string): Image {
  const [reference = '', digest] = image.split('@');
  const last = reference.slice(reference.lastIndexOf('/') + 1);
  const [baseName = '', tag] = last.split(':');
  return { baseName, tag, digest };
}

/** What a numeric variable comes to in a container: as given, else its default; undefined when the process has no such variable. */
export function numberOf(own: OwnContainer, rendered: Rendered, name: string): number | undefined {
  const variable = (own.set.variables as Readonly<Record<string, Variable | undefined>>)[name];
  if (!variable) return undefined;
  const given = environmentOf(own, rendered).settings.findLast((setting) => setting.name === name);
  const parsed = variable.schema.safeParse(given?.value ?? variable.default);
  return parsed.success && typeof parsed.data === 'number' ? parsed.data : undefined;
}
