import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
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

/** As its kustomization.yaml says. */
export function namespaceOf(overlay: string): string {
  const file = join(deployFolder, 'overlays', overlay, 'kustomization.yaml');
  return (parse(readFileSync(file, 'utf8')) as { namespace: string }).namespace;
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
