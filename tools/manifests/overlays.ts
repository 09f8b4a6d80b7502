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

interface Kustomization {
  namespace: string;
  resources: string[];
  images: { name: string }[];
}

function kustomization(folder: string): Kustomization {
  return parse(readFileSync(join(deployFolder, folder, 'kustomization.yaml'), 'utf8')) as Kustomization;
}

export function namespaceOf(overlay: string): string {
  return kustomization(`overlays/${overlay}`).namespace;
}

/** Of the Secret `app-secrets`, in alphabetical order. */
export function appSecretKeys(): string[] {
  const path = join(deployFolder, 'components/sealed-secrets/sealed-secret.yaml');
  const { spec } = parse(readFileSync(path, 'utf8')) as { spec: { encryptedData: object } };
  return Object.keys(spec.encryptedData).sort();
}

/** What it gives a tag. */
export function imagesOf(overlay: string): string[] {
  return kustomization(`overlays/${overlay}`).images.map(({ name }) => name);
}

/** The names of the base's Deployments, in the order in which kustomize renders them. */
export function deploymentsOfBase(): string[] {
  return kustomization('base')
    .resources.map((name) => join(deployFolder, 'base', name, 'deployment.yaml'))
    .filter((file) => existsSync(file))
    .map((file) => parse(readFileSync(file, 'utf8')) as { metadata: { name: string } })
    .map(({ metadata }) => metadata.name)
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
