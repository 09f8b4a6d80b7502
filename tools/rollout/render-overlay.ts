import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { findRenderer, parseObjects } from '../manifests/kustomize';
import type { KubernetesObject } from '../manifests/objects';

const OVERLAYS = resolve(import.meta.dirname, '../../deploy/overlays');

/** What `kubectl apply -k` would send. @throws Error naming what to do when it cannot be rendered */
export async function renderOverlay(overlay: string): Promise<KubernetesObject[]> {
  const isOverlay = (name: string) => existsSync(join(OVERLAYS, name, 'kustomization.yaml'));
  const known = readdirSync(OVERLAYS).filter(isOverlay);
  if (!known.includes(overlay))
    throw new Error(`There is no overlay ${overlay}: there are ${known.join(', ')}`);
  const renderer = await findRenderer();
  return parseObjects(await renderer.render(join(OVERLAYS, overlay)));
}
