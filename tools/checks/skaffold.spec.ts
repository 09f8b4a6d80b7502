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
const read = (path: string): unknown => parse(readFileSync(join(workspace, path), 'utf8'));
const kustomization = (folder: string) => read(`${folder}/kustomization.yaml`) as Kustomization;
const { build, manifests } = read('skaffold.yaml') as Skaffold;

test('skaffold.yaml builds each image of the dev overlay from an app that there is', () => {
  const overlay = kustomization('deploy/overlays/dev');
  expect(build.artifacts.map(({ image }) => image)).toEqual(overlay.images?.map(({ name }) => name));
  const apps = build.artifacts.map(({ docker }) => docker.buildArgs.APP);
  expect(apps.filter((app) => !existsSync(join(workspace, 'apps', app, 'src/main.ts')))).toEqual([]);
});

test('it applies the dev overlay, as the workflow for kind does', () => {
  expect(manifests.kustomize.paths).toEqual(['deploy/kind']);
  expect(kustomization('deploy/kind').resources).toContain('../overlays/dev');
});

test('the port that kind opens on the machine leads to the API', () => {
  const cluster = read('deploy/kind/cluster.yaml') as {
    nodes: { extraPortMappings: { containerPort: number }[] }[];
  };
  const service = read('deploy/kind/node-port.yaml') as {
    spec: { ports: { nodePort: number }[]; selector: object };
  };
  expect(service.spec.ports[0]?.nodePort).toBe(cluster.nodes[0]?.extraPortMappings[0]?.containerPort);
  expect(service.spec.selector).toEqual(
    (read('deploy/base/api/service.yaml') as { spec: { selector: object } }).spec.selector,
  );
});
