import type { IApplicationSet } from '@kubernetes-models/argo-cd/argoproj.io/v1alpha1/ApplicationSet';
import type { IKustomization } from '@kubernetes-models/flux-cd/kustomize.toolkit.fluxcd.io/v1/Kustomization';
import { scratchFolder } from '@kubernest/testing';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { findRenderer, parseObjects, Renderer } from './kustomize';
import { type KubernetesObject, type Loose, nameOf, ofKind } from './objects';
import { deployFolder, foldersIn, renderOverlay } from './overlays';
import { validatorOf } from './schemas/validators';

const folder = join(deployFolder, 'delivery');
const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
const objects = new Map(files.map((name) => [name, parseObjects(readFileSync(join(folder, name), 'utf8'))]));
const all = [...objects.values()].flat();
const scratch = scratchFolder();
/** dev is for the cluster on one's own machine. */
const applied = foldersIn('overlays').filter((name) => name !== 'dev');

let renderer: Renderer;
beforeAll(async () => {
  renderer = await findRenderer();
});

const set = () => objects.get('argo-cd.yaml')?.[0] as unknown as Loose<IApplicationSet> | undefined;
const kustomizations = () =>
  (objects.get('flux.yaml') ?? []).filter(({ kind }) => kind === 'Kustomization') as (KubernetesObject &
    Loose<Pick<IKustomization, 'spec'>>)[];

test.each(all.map((object) => [nameOf(object), object] as const))(
  '%s is one by its schema',
  async (_, object) => {
    const validate = await validatorOf(object);
    expect(validate?.(object)).toEqual([]);
  },
);

test('Argo CD and Flux follow every overlay but dev, each into its own namespace', async () => {
  const elements = (set()?.spec?.generators?.[0]?.list?.elements ?? []) as unknown as Record<
    string,
    string
  >[];
  expect(elements.map(({ overlay }) => overlay).sort()).toEqual(applied);
  for (const { overlay = '', namespace } of elements) {
    const { objects: rendered } = await renderOverlay(overlay, renderer);
    expect(ofKind(rendered, 'Namespace').map(({ metadata }) => metadata.name)).toEqual([namespace]);
  }
  expect(
    kustomizations()
      .map(({ spec }) => spec?.path)
      .sort(),
  ).toEqual(applied.map((name) => `./deploy/overlays/${name}`));
});

test('Flux waits longer than a rollout may take', async () => {
  for (const { spec } of kustomizations()) {
    const overlay = spec?.path?.split('/').at(-1) ?? '';
    const deadlines = ofKind((await renderOverlay(overlay, renderer)).objects, 'Deployment').map(
      (deployment) => deployment.spec?.progressDeadlineSeconds ?? Infinity,
    );
    expect(spec?.wait).toBe(true);
    expect(Number(/^(\d+)m$/.exec(spec?.timeout ?? '')?.[1]) * 60).toBeGreaterThan(Math.max(...deadlines));
  }
});

/** The overlay as Argo CD would apply it. */
async function withWaves(overlay: string): Promise<(readonly [wave: number, object: KubernetesObject])[]> {
  const place = join(scratch, overlay);
  mkdirSync(place);
  const resources = [relative(place, join(deployFolder, 'overlays', overlay))];
  const { patches } = set()?.spec?.template?.spec?.source?.kustomize ?? {};
  writeFileSync(join(place, 'kustomization.yaml'), JSON.stringify({ resources, patches }));
  return parseObjects(await renderer.render(place)).map((object) => [
    Number(object.metadata.annotations?.['argocd.argoproj.io/sync-wave'] ?? 0),
    object,
  ]);
}

test.each(applied)(
  'in %s, Argo CD migrates after all that the migration needs, and before all else',
  async (overlay) => {
    const waves = await withWaves(overlay);
    const kindsOf = (wanted: (wave: number) => boolean) =>
      [...new Set(waves.filter(([wave]) => wanted(wave)).map(([, { kind }]) => kind))].sort();
    expect(kindsOf((wave) => wave === -1)).toEqual(['Job']);
    expect(kindsOf((wave) => wave < -1)).toEqual([
      'ExternalSecret',
      'Namespace',
      'NetworkPolicy',
      'ServiceAccount',
    ]);
    expect(kindsOf((wave) => wave === 0)).toEqual(expect.arrayContaining(['ConfigMap', 'Deployment']));
  },
);

test('the patches take no annotation away, since what they change has none', async () => {
  for (const overlay of applied) {
    const { objects: rendered } = await renderOverlay(overlay, renderer);
    const patched = rendered.filter(({ kind }) =>
      ['Job', 'Namespace', 'ServiceAccount', 'ExternalSecret', 'NetworkPolicy'].includes(kind),
    );
    expect(patched.flatMap(({ metadata }) => Object.keys(metadata.annotations ?? {}))).toEqual([]);
  }
});
