import { scratchFolder } from '@kubernest/testing';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findRenderer, parseObjects } from './kustomize';
import { deployFolder } from './overlays';
import type { Rendered } from './rendered';

/** An overlay of a copy of deploy/, with parts of its kustomization.yaml exchanged; each of them has to be there. */
export async function changedOverlay(
  name: string,
  changes: readonly (readonly [from: string | RegExp, to: string])[],
): Promise<Rendered> {
  const folder = join(scratchFolder(), 'deploy');
  cpSync(deployFolder, folder, { recursive: true });
  const overlay = join(folder, 'overlays', name);
  const file = join(overlay, 'kustomization.yaml');
  writeFileSync(file, changes.reduce(exchange, readFileSync(file, 'utf8')));
  const renderer = await findRenderer();
  return {
    title: `overlays/${name}, changed`,
    isOverlay: true,
    objects: parseObjects(await renderer.render(overlay)),
    secretsFromElsewhere: {},
    mayHoldSecrets: name === 'dev',
  };
}

function exchange(text: string, [from, to]: readonly [from: string | RegExp, to: string]): string {
  const changed = text.replace(from, to);
  if (changed === text) throw new Error(`The overlay has no ${String(from)}`);
  return changed;
}
