import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const workspace = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(workspace, path), 'utf8');

test('the images are of the Node line that package.json pins', () => {
  const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
  const [line = ''] = devDependencies.node.split('.');
  expect(read('Dockerfile')).toContain(`\nARG NODE_IMAGE=node:${line}-`);
  expect(read('Dockerfile')).toContain(`\nARG RUNTIME_IMAGE=gcr.io/distroless/nodejs${line}-`);
});
