import type { Tree } from '@nx/devkit';
import { WorkspaceCopy } from '../../checks/workspace-copy.fixture';
import { createTree } from '../support/tree.fixture';
import service from './service';

const LONG_MS = 600_000;

describe('in one line, and without a change, it refuses', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTree({});
  });

  test.each([
    ['a name that is none', 'Billing', /^"Billing" is not a name: /],
    ['the name of an app', 'worker', /^There is apps\/worker already: choose another name$/],
    ['the name of a lib', 'queue', /^There is libs\/queue already: /],
    ['the name of another workload', 'postgres', /^postgres is the name of something else here: /],
  ])('%s', async (_, name, message) => {
    await expect(service(tree, { name, kind: 'http' })).rejects.toThrow(message);
    expect(tree.listChanges()).toEqual([]);
  });
});

describe('an HTTP service and a worker made in a clone', () => {
  let copy: WorkspaceCopy;
  beforeAll(async () => {
    copy = new WorkspaceCopy();
    for (const [name, kind] of [
      ['billing', 'http'],
      ['mail-sender', 'worker'],
    ] as const) {
      await copy.succeed('nx', 'g', 'service', name, `--kind=${kind}`);
      copy.commit();
    }
  }, LONG_MS);

  test('are in every overlay, from its registry and of its version', () => {
    for (const overlay of ['dev', 'staging', 'prod']) {
      const snapshot = copy.read(`deploy/snapshots/${overlay}.yaml`);
      const [, image = ''] = /image: (\S*)worker:/.exec(snapshot) ?? [];
      const [, version = ''] = /image: \S*worker:(\S+)/.exec(snapshot) ?? [];
      for (const name of ['billing', 'mail-sender'])
        expect(snapshot).toContain(`image: ${image}${name}:${version}`);
    }
  });

  test(
    'are laid out, linted, typed and built',
    async () => {
      await copy.succeed('prettier', '--check', '.', '--log-level=warn');
      await copy.succeed('nx', 'run-many', '-t', 'lint,typecheck,build', '-p', 'billing,mail-sender');
      await copy.succeed('nx', 'run-many', '-t', 'build', '-p', 'tag:app');
      await copy.succeed(
        'eslint',
        '--max-warnings',
        '0',
        'apps/e2e/src/billing.spec.ts',
        'apps/e2e/src/mail-sender.spec.ts',
        'tools/generate',
      );
      for (const project of ['tools', 'apps/e2e']) await copy.succeed('tsc', '-p', project);
    },
    LONG_MS,
  );

  test(
    'pass every check of the manifests and the documents; what these say of ports and probes is what they serve',
    async () => {
      await copy.jest(
        'tools',
        'tools/manifests/',
        'tools/generate/',
        'deploy.spec',
        'documents.spec',
        'tools/start/(options|settings)',
      );
    },
    LONG_MS,
  );

  test(
    'start, answer their probes and drain on SIGTERM',
    async () => {
      await copy.jest('apps/e2e', 'billing', 'mail-sender');
    },
    LONG_MS,
  );

  test('are not made a second time', async () => {
    const { code, output } = await copy.run('nx', 'g', 'service', 'billing');
    expect(code).toBe(1);
    expect(output).toContain('There is apps/billing already: choose another name\n');
    expect(copy.git('status', '--porcelain', '--', 'apps', 'deploy', 'tools', 'README.md')).toBe('');
  });
});
