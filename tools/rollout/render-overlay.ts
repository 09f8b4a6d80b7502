import { join } from 'node:path';
import { findRenderer, parseObjects } from '../manifests/kustomize';
import type { KubernetesObject } from '../manifests/objects';
import { deployFolder, foldersIn } from '../manifests/overlays';

/** What `kubectl apply -k` would send. @throws Error naming what to do when it cannot be rendered */
export async function renderOverlay(overlay: string): Promise<KubernetesObject[]> {
  const known = foldersIn('overlays');
  if (!known.includes(overlay))
    throw new Error(`There is no overlay ${overlay}: there are ${known.join(', ')}`);
  const renderer = await findRenderer();
  return parseObjects(await renderer.render(join(deployFolder, 'overlays', overlay)));
}
