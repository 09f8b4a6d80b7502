import { WorkspaceCopy } from '../checks/workspace-copy.fixture';

const COMMAND = ['--import', 'tsx', 'tools/init/main.ts'];
const ALL = {
  name: 'acme-shop',
  scope: 'acme',
  registry: 'ghcr.io/acme',
  domain: 'shop.acme.io',
  'dev-namespace': 'acme-dev',
  'prod-namespace': 'acme',
  'staging-namespace': 'acme-staging',
};
/** The licence asks to be kept as it is. */
const KEEPS_THE_NAME = ['LICENSE'];
/** What could still know the old names. */
const CHECKS = [
  'manifests.spec',
  'snapshots',
  'broken-secrets',
  'keda-lists',
  'deploy.spec',
  'documents.spec',
];
const LONG_MS = 600_000;

let copy: WorkspaceCopy;
beforeAll(() => {
  copy = new WorkspaceCopy();
}, LONG_MS);

const init = (values: Record<string, string>, ...flags: string[]) => {
  const given = Object.entries(values).map(([option, value]) => `--${option}=${value}`);
  return copy.run('node', ...COMMAND, ...given, ...flags);
};
/** Whether a word stands in a tracked file, and in which. */
const filesWith = async (word: string, ...paths: string[]) => {
  const { output } = await copy.run(
    'git',
    'grep',
    '--ignore-case',
    '--files-with-matches',
    word,
    '--',
    ...paths,
  );
  return output.split('\n').filter(Boolean);
};
const changed = () => copy.git('status', '--porcelain');

describe('one line for each fault, and nothing is changed:', () => {
  test.each([
    ['a name', { name: 'Acme Shop' }, '--name: "Acme Shop" must be like acme-shop'],
    ['a scope', { scope: '@acme' }, '--scope: "@acme" must be like acme'],
    [
      'the scope of others',
      { scope: 'nestjs' },
      '--scope: "nestjs" is the scope of packages that are installed',
    ],
    [
      'a registry',
      { registry: 'https://ghcr.io' },
      '--registry: "https://ghcr.io" must be like ghcr.io/acme',
    ],
    ['a domain', { domain: 'acme' }, '--domain: "acme" must be like acme.io'],
    ['a namespace', { 'dev-namespace': 'kube-system' }, 'is a namespace of the cluster itself'],
    [
      'a namespace for two overlays',
      { 'prod-namespace': 'one', 'staging-namespace': 'one' },
      '--staging-namespace: "one" is that of another overlay already',
    ],
    [
      'an option that there is not',
      { colour: 'red' },
      "Unknown option '--colour': see npm run init -- --help",
    ],
    ['what is so already', {}, 'Nothing is given to change'],
  ])('%s', async (_, values, message) => {
    const { code, output } = await init(values);
    expect({ code, lines: output.trimEnd().split('\n') }).toEqual({
      code: 1,
      lines: [expect.stringContaining(message)],
    });
    expect(changed()).toBe('');
  });

  test('a tree with changes of its own', async () => {
    await copy.succeed('sh', '-c', 'echo >> README.md');
    const { code, output } = await init(ALL);
    expect({ code, output }).toEqual({
      code: 1,
      output:
        'The work tree has changes that are not committed: commit them, or git stash --include-untracked, first\n',
    });
    copy.git('checkout', '.');
  });
});

test('--dry-run shows what would change, with counts, and changes nothing', async () => {
  const { code, output } = await init(ALL, '--dry-run');
  expect(code).toBe(0);
  expect(output).toMatch(/^name: \S+ -> acme-shop, in \d+ files$/m);
  expect(output).toMatch(/^ {2}package\.json: 1$/m);
  expect(output).toMatch(/^ {2}libs\/: \d+ in \d+ files$/m);
  expect(output).toMatch(/\nNothing was changed\.\n$/);
  expect(changed()).toBe('');
});

describe('a clone that was given other values', () => {
  let before: { name: string; scope: string; registry: string; domain: string };
  beforeAll(async () => {
    const first = (pattern: RegExp, path: string) => pattern.exec(copy.read(path))?.[1] ?? '';
    before = {
      name: first(/"name": "(.+)"/, 'package.json'),
      scope: first(/"@([^/]+)\//, 'tsconfig.base.json'),
      registry: first(/newName: (.+)\//, 'deploy/overlays/prod/kustomization.yaml'),
      domain: first(/host: api\.(.+)/, 'deploy/components/ingress/ingress.yaml'),
    };
    // A second time: what the first has written is found, and facts can change places.
    await expectSuccess(
      init({ ...ALL, name: 'staging', 'dev-namespace': 'acme', 'prod-namespace': 'acme-dev' }),
    );
    copy.commit();
    await expectSuccess(init(ALL));
  }, LONG_MS);

  test('has nothing left of the old ones', async () => {
    expect(KEEPS_THE_NAME).toEqual(expect.arrayContaining(await filesWith(before.name)));
    const first = copy.git('rev-list', '--max-parents=0', 'HEAD').trim();
    expect(copy.git('diff', '--name-only', first, '--', ...KEEPS_THE_NAME)).toBe('');
    expect(await filesWith(`@${before.scope}/`)).toEqual([]);
    expect(await filesWith(`newName: ${before.registry}/`)).toEqual([]);
    expect(await filesWith(`\\.${before.domain}`, 'deploy')).toEqual([]);
    expect(await filesWith('namespace: \\(dev\\|staging\\|production\\)$', 'deploy')).toEqual([]);
  });

  test('has the new ones', () => {
    const prod = copy.read('deploy/snapshots/prod.yaml');
    for (const text of [
      'image: ghcr.io/acme/worker:',
      'host: api.shop.acme.io',
      'namespace: acme\n',
      'part-of: acme-shop',
    ])
      expect(prod).toContain(text);
    expect(copy.read('README.md')).toMatch(/^# Acme Shop\n/);
    expect(copy.read('.env.example')).toContain('#REDIS_KEY_PREFIX=acme-shop\n');
    expect(copy.read('deploy/README.md')).toContain('kubectl create namespace acme-staging\n');
  });

  test(
    'is laid out, typed, generated and built as before',
    async () => {
      await copy.succeed('prettier', '--check', '.', '--log-level=warn');
      await copy.succeed('tsc', '-p', 'tools');
      await copy.succeed('node', '--import', 'tsx', 'tools/generate/main.ts', '--check');
      await copy.succeed('nx', 'run-many', '-t', 'build', '-p', 'api,worker,migrate');
    },
    LONG_MS,
  );

  test(
    'passes the checks of its manifests and documents',
    async () => {
      await copy.jest('tools', ...CHECKS);
    },
    LONG_MS,
  );

  test(
    'runs',
    async () => {
      await copy.jest('libs/queue', 'boot-check');
      await copy.jest('apps/e2e', 'processes', 'smoke.spec');
    },
    LONG_MS,
  );

  test('is as it was after git checkout', () => {
    copy.git('checkout', '.');
    expect(copy.read('package.json')).toContain('"name": "staging"');
    expect(changed()).toBe('');
  });
});

async function expectSuccess(outcome: Promise<{ code: number; output: string }>): Promise<void> {
  const { code, output } = await outcome;
  expect({ code, output }).toMatchObject({
    code: 0,
    output: expect.stringContaining('Undo: git checkout .'),
  });
}
