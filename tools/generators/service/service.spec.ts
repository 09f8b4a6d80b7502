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

test.each([
  ['http', true, ['postgres']],
  ['http', false, []],
  ['worker', true, ['postgres', 'redis']],
  ['worker', false, ['redis']],
] as const)('a service of kind %s, with a database: %s, is let to %j', async (kind, database, stores) => {
  const tree = createTree({});
  await service(tree, { name: 'odd-yard', kind, database });
  const read = (path: string) => tree.read(path, 'utf8') ?? '';
  const found = {
    [read('deploy/base/odd-yard/deployment.yaml')]: ['name: DATABASE_URL', 'name: REDIS_URL'],
    [read('deploy/components/network-policies/odd-yard.yaml')]: ['port: 5432 }', 'port: 6379 }'],
    [read('apps/odd-yard/src/variables.ts')]: ['  databaseVariables', '  redisVariables'],
    [read('apps/odd-yard/src/app.module.ts')]: ['DatabaseModule.forRoot', 'RedisModule.forRoot'],
  };
  for (const [text, marks] of Object.entries(found))
    expect(['postgres', 'redis'].filter((_, index) => text.includes(marks[index] ?? ''))).toEqual(stores);
});

describe('services of every kind made in a clone, and the routes of a feature in one of them', () => {
  const NAMES = ['billing', 'mail-sender', 'rates'];
  let copy: WorkspaceCopy;
  beforeAll(async () => {
    copy = new WorkspaceCopy();
    for (const command of [
      ['service', 'billing'],
      ['service', 'mail-sender', '--kind=worker'],
      ['service', 'rates', '--no-database'],
      ['feature', 'zeppelins', '--no-owned'],
      ['endpoint', 'zeppelins', '--app=billing'],
    ]) {
      await copy.succeed('nx', 'g', ...command);
      copy.commit();
    }
  }, LONG_MS);

  test('are in every overlay, from its registry and of its version', () => {
    for (const overlay of ['dev', 'staging', 'prod']) {
      const snapshot = copy.read(`deploy/snapshots/${overlay}.yaml`);
      const [, image = ''] = /image: (\S*)worker:/.exec(snapshot) ?? [];
      const [, version = ''] = /image: \S*worker:(\S+)/.exec(snapshot) ?? [];
      for (const name of NAMES) expect(snapshot).toContain(`image: ${image}${name}:${version}`);
    }
  });

  test(
    'are laid out, linted, typed and built',
    async () => {
      await copy.succeed('prettier', '--check', '.', '--log-level=warn');
      await copy.succeed('nx', 'run-many', '-t', 'build', '-p', 'tag:app');
      const specs = [...NAMES, 'zeppelins-in-billing'].map((name) => `apps/e2e/src/${name}.spec.ts`);
      const apps = NAMES.map((name) => `apps/${name}`);
      await copy.succeed('eslint', '--max-warnings', '0', ...apps, ...specs, 'tools/generate');
      await copy.succeed('tsc', '-p', '.');
    },
    LONG_MS,
  );

  test(
    'pass every check of the manifests and the documents; what these say of ports and probes is what they serve',
    async () => {
      await copy.jest(
        'tools',
        'tools/manifests/(?!broken-)',
        'broken-workloads',
        'tools/generate/',
        'checks/(compose|documents|skaffold|workflows)',
        'deploy.spec',
        'tools/start/(options|settings)',
      );
    },
    LONG_MS,
  );

  test(
    'start, answer their probes and drain on SIGTERM; the routes are served and described',
    async () => {
      await copy.jest('apps/e2e', ...NAMES);
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
