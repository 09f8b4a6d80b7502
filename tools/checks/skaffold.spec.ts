import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Kustomization {
  images?: { name: string }[];
  resources?: string[];
}
interface Skaffold {
  build: { artifacts: { image: string; docker: { buildArgs: { APP: string } } }[] };
  manifests: { kustomize: { paths: string[] } };
}

const workspace = join(import.meta.dirname, '../..');
const read = <T>(path: string): T => parse(readFileSync(join(workspace, path), 'utf8')) as T;
const { build, manifests } = read<Skaffold>('skaffold.yaml');

test('skaffold.yaml builds each image of the dev overlay from an app that there is', () => {
  const overlay = read<Kustomization>('deploy/overlays/dev/kustomization.yaml');
  expect(build.artifacts.map(({ image }) => image)).toEqual(overlay.images?.map(({ name }) => name));
  const apps = build.artifacts.map(({ docker }) => docker.buildArgs.APP);
  expect(apps.filter((app) => !existsSync(join(workspace, 'apps', app, 'src/main.ts')))).toEqual([]);
});

test('it applies the dev overlay, as the workflow for kind does', () => {
  expect(manifests.kustomize.paths).toEqual(['deploy/kind']);
  expect(read<Kustomization>('deploy/kind/kustomization.yaml').resources).toContain('../overlays/dev');
});

test('the port that kind opens on the machine leads to the API', () => {
  const cluster = read<{ nodes: { extraPortMappings: { containerPort: number }[] }[] }>(
    'deploy/kind/cluster.yaml',
  );
  const service = read<{ spec: { ports: { nodePort: number }[]; selector: object } }>(
    'deploy/kind/node-port.yaml',
  );
  expect(service.spec.ports[0]?.nodePort).toBe(cluster.nodes[0]?.extraPortMappings[0]?.containerPort);
  expect(service.spec.selector).toEqual(
    read<{ spec: { selector: object } }>('deploy/base/api/service.yaml').spec.selector,
  );
});
