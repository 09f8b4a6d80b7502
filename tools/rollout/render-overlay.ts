import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';

const OVERLAYS = resolve(import.meta.dirname, '../../deploy/overlays');
const MAX_BYTES = 64 * 1024 * 1024;

/** What `kubectl apply -k` would send, object by object. @throws Error naming what to do when it cannot be rendered */
export function renderOverlay(overlay: string): unknown[] {
  const known = readdirSync(OVERLAYS).filter((name) =>
    existsSync(join(OVERLAYS, name, 'kustomization.yaml')),
  );
  if (!known.includes(overlay))
    throw new Error(`There is no overlay ${overlay}: there are ${known.join(', ')}`);
  const { error, status, stdout, stderr } = spawnSync('kubectl', ['kustomize', join(OVERLAYS, overlay)], {
    encoding: 'utf8',
    maxBuffer: MAX_BYTES,
  });
  if (error) throw new Error(`Cannot run kubectl (${error.message}): install it`, { cause: error });
  if (status !== 0) throw new Error(`kubectl kustomize failed for ${overlay}:\n${stderr}`);
  return parseAllDocuments(stdout).map((document): unknown => document.toJS());
}
