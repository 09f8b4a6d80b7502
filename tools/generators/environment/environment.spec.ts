import type { Tree } from '@nx/devkit';
import { WorkspaceCopy } from '../../checks/workspace-copy.fixture';
import { createTree } from '../support/tree.fixture';
import { namespaceOf } from '../../manifests/overlays';
import environment from './environment';

const LONG_MS = 300_000;
const options = { name: 'qa', from: 'staging' };

describe('in one line, and without a change, it refuses', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree({});
  });

  test.each([
    ['a name that is taken', { name: 'prod' }, /^There is deploy\/overlays\/prod already: /],
    ['a name that is none', { name: 'Q A' }, /^"Q A" is not a name: /],
    [
      'a namespace that is taken',
      { name: 'qa', namespace: namespaceOf('staging') },
      /^The namespace \S+ is that of /,
    ],
    [
      'an overlay that is not there',
      { from: 'nowhere' },
      /^"nowhere" is no overlay to start from: take prod or staging/,
    ],
    ['the self-contained overlay', { from: 'dev' }, /^"dev" is no overlay to start from: /],
    [
      'an overlay without a host of its own',
      { from: 'prod' },
      /^deploy\/overlays\/prod names no host of its own: /,
    ],
    ['a host that is none', { host: 'nowhere' }, /^"nowhere" is no host of its own, such as api\.qa\./],
  ])('%s', (_, change, message) => {
    expect(() => environment(tree, { ...options, ...change })).toThrow(message);
    expect(tree.listChanges()).toEqual([]);
  });
});

describe('an environment made in a clone', () => {
  let copy: WorkspaceCopy;
  let said: string;
  beforeAll(async () => {
    copy = new WorkspaceCopy();
    said = await copy.succeed('nx', 'g', 'environment', 'qa', '--host=api.qa.acme.io');
  }, LONG_MS);

  test('is like staging, in its own namespace and on its own host', () => {
    expect(said).toContain('CREATE deploy/overlays/qa/kustomization.yaml');
    expect(said).toContain('Wrote deploy/snapshots/qa.yaml');
    const namespaceIn = (overlay: string) =>
      /^namespace: (.+)$/m.exec(copy.read(`deploy/overlays/${overlay}/kustomization.yaml`))?.[1] ?? '';
    const hostOf = (overlay: string) =>
      /host: (.+)$/m.exec(copy.read(`deploy/snapshots/${overlay}.yaml`))?.[1] ?? '';
    const [namespace, host] = [namespaceIn('staging'), hostOf('staging')];
    expect([namespaceIn('qa'), hostOf('qa')]).toEqual(['qa', 'api.qa.acme.io']);
    const staging = copy.read('deploy/snapshots/staging.yaml').split('\n').sort();
    const renamed = copy
      .read('deploy/snapshots/qa.yaml')
      .replaceAll('api.qa.acme.io', host)
      .replaceAll(/(namespace|name): qa$/gm, `$1: ${namespace}`)
      .replaceAll('overlays/qa', 'overlays/staging');
    expect(renamed.split('\n').sort()).toEqual(staging);
  });

  test(
    'passes every check of the manifests, is delivered and promoted, and is a configuration of every operation',
    async () => {
      await copy.jest(
        'tools',
        'tools/manifests/manifests.spec',
        'snapshots',
        'delivery.spec',
        'deploy.spec',
        'documents.spec',
        'workflows.spec',
      );
      expect(await copy.succeed('nx', 'validate', 'deploy', '--configuration=qa')).toMatch(
        /^overlays\/qa: \d+ objects, 0 faults$/m,
      );
      await copy.succeed('prettier', '--check', 'deploy', '.github', '--log-level=warn');
    },
    LONG_MS,
  );

  test('is not made a second time', async () => {
    copy.commit();
    const { code, output } = await copy.run('nx', 'g', 'environment', 'qa');
    expect(code).toBe(1);
    expect(output).toContain('There is deploy/overlays/qa already: choose another name\n');
    expect(copy.git('status', '--porcelain')).toBe('');
  });
});
