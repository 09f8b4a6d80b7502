import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseObjects, Renderer } from './kustomize';
import type { Rendered } from './rendered';

export const deployFolder = resolve(__dirname, '../../deploy');

/** Of no use to anybody: their data stores are reached by nobody but their own pods. */
const MAY_HOLD_SECRETS = ['dev'];

export function foldersIn(room: 'overlays' | 'components'): string[] {
  return readdirSync(join(deployFolder, room))
    .filter((name) => existsSync(join(deployFolder, room, name, 'kustomization.yaml')))
    .sort();
}

export async function renderOverlay(name: string, renderer: Renderer): Promise<Rendered> {
  return {
    title: `overlays/${name}`,
    isOverlay: true,
    objects: parseObjects(await renderer.render(join(deployFolder, 'overlays', name))),
    secretsFromElsewhere: {},
    mayHoldSecrets: MAY_HOLD_SECRETS.includes(name),
  };
}
