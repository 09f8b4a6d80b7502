import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findRenderer, parseObjects, Renderer } from './kustomize';
import type { Rendered } from './rendered';
import { faultsOf } from './validate';

export const deployFolder = resolve(__dirname, '../../deploy');

/** Of no use to anybody: their data stores are reached by nobody but their own pods. */
const MAY_HOLD_SECRETS = ['dev'];

export function foldersIn(room: 'overlays' | 'components'): string[] {
  return readdirSync(join(deployFolder, room), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

export async function renderOverlay(name: string, renderer: Renderer): Promise<Rendered> {
  return {
    title: `overlays/${name}`,
    objects: parseObjects(await renderer.render(join(deployFolder, 'overlays', name))),
    secretsFromElsewhere: {},
    mayHoldSecrets: MAY_HOLD_SECRETS.includes(name),
  };
}

/**
 * What `nx validate deploy` does.
 *
 * @returns how many objects were checked, and each fault as a line
 * @throws Fault when the overlay cannot be rendered
 */
export async function validateOverlay(name: string): Promise<{ objects: number; faults: string[] }> {
  const rendered = await renderOverlay(name, await findRenderer());
  return { objects: rendered.objects.length, faults: faultsOf(rendered) };
}
