import type { Tree } from '@nx/devkit';
import { visitNotIgnoredFiles } from '@nx/devkit';
import { dirname, join } from 'node:path/posix';
import { WorkspaceCopy } from '../../checks/workspace-copy.fixture';
import { createTree } from '../support/tree.fixture';
import removeExample, { removeFrom } from './remove-example';

const LONG_MS = 600_000;

/** What the example is called by, and nothing else is called so. */
const ITS_WORDS = /session|account|cleanup|jwt/i;
/** Sessions of Postgres and of processes; accounts of services, and who asks in a log line; phrases. */
const OTHER_MEANINGS =
  /service[- ]?account|accountOf|accountId|accounted for|own account|account of |sessions? of (its|their) own|session mode|of their session|_session_|no accounts/i;
const OF_OTHERS =
  /^(libs\/db\/|libs\/telemetry\/|libs\/lifecycle\/src\/readiness\.ts|tools\/generators\/|docs\/generators\.md|CHANGELOG\.md)/;
/** Written once the generator has written the rest. */
const GENERATED =
  /^(\.env\.example|package(-lock)?\.json|docs\/(configuration|metrics)\.md|docs\/.*\.svg|deploy\/snapshots\/.*|deploy\/components\/grafana-dashboards\/.*\.json)$/;

function textsOf(tree: Tree): [path: string, text: string][] {
  const found: [string, string][] = [];
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (!/\.(png|ico)$/.test(path)) found.push([path, tree.read(path, 'utf8') ?? '']);
  });
  return found;
}

const naming = (path: string, text: string) =>
  text
    .split('\n')
    .filter((line) => ITS_WORDS.test(line) && !OTHER_MEANINGS.test(line))
    .map((line) => `${path}: ${line.trim()}`);

describe('what is left', () => {
  let tree: Tree;
  let texts: [path: string, text: string][];
  beforeAll(async () => {
    tree = createTree({});
    await removeFrom(tree);
    texts = textsOf(tree);
  }, LONG_MS);

  it('names nothing that is gone', () => {
    const others = texts.filter(([path]) => !OF_OTHERS.test(path) && !GENERATED.test(path));
    expect(others.flatMap(([path, text]) => naming(path, text))).toEqual([]);
  });

  it('has no mark, and no document that leads to what is not there', () => {
    const marks = texts.filter(([path]) => !path.startsWith('tools/generators/'));
    expect(marks.filter(([, text]) => /(<!--|#|\/\/) \/?example( -->|$)/m.test(text))).toEqual([]);
    const dead = texts
      .filter(([path]) => path.endsWith('.md'))
      .flatMap(([path, text]) => {
        const links = Array.from(text.matchAll(/\]\((?!https?:|#)([^)#]+)/g), ([, link = '']) =>
          join(dirname(path), link),
        );
        const files = Array.from(text.matchAll(/`((?:apps|libs|tools|deploy|docs)\/[\w./-]+)`/g));
        return [...links, ...files.map(([, file = '']) => file)]
          .map((target) => target.replace(/\/$/, ''))
          .filter((target) => !tree.exists(target) && tree.children(target).length === 0)
          .map((target) => `${path}: ${target}`);
      });
    expect(dead).toEqual([]);
  });

  it('is no example any more', async () => {
    await expect(removeExample(tree)).rejects.toThrow(/^There is no example any more: nothing was changed$/);
  });
});

it('is refused while other code needs it, with the place', async () => {
  const tree = createTree({
    'apps/api/src/zeppelins/zeppelins.controller.ts': `import { SessionGuard } from '../sessions/session.guard';\n\n@UseGuards(SessionGuard)\nexport class ZeppelinsController {}\n`,
  });
  await expect(removeFrom(tree)).rejects.toThrow(
    /^There is code that needs the example, .*: apps\/api\/src\/zeppelins\/zeppelins.controller.ts \(SessionGuard\)$/,
  );
});

describe('a copy without it', () => {
  let copy: WorkspaceCopy;
  beforeAll(async () => {
    copy = new WorkspaceCopy();
    await copy.succeed('sh', '-c', 'echo >> README.md');
    expect(await copy.run('nx', 'generate', 'remove-example')).toMatchObject({
      code: 1,
      output: expect.stringContaining('The work tree has changes that are not committed'),
    });
    copy.git('checkout', '.');
    const said = await copy.succeed('nx', 'generate', 'remove-example');
    const figures = /(\d+) files (?:are )?deleted(?:,| and) (\d+) changed/;
    const [, ...made] = figures.exec(said) ?? [];
    const [, ...told] = figures.exec(copy.git('show', 'HEAD:docs/generators.md')) ?? [];
    // A file more or less need not be told at once.
    made.forEach((count, index) => expect(Number(count) / Number(told[index])).toBeCloseTo(1, 1));
    copy.git('checkout', '.');
    expect(copy.git('status', '--porcelain')).toBe('');
    await copy.succeed('nx', 'generate', 'remove-example');
    copy.commit();
    await copy.succeed('nx', 'run-many', '-t', 'build', '-p', 'api,worker,migrate');
  }, LONG_MS);

  it('names nothing that is gone in what is generated', () => {
    const paths = copy
      .git('ls-files')
      .split('\n')
      .filter((path) => GENERATED.test(path));
    const faults = paths.flatMap((path) => naming(path, copy.read(path)));
    expect(faults.filter((fault) => !fault.includes('"integrity"'))).toEqual([]);
  });

  it(
    'is as the linter, the formatter, the compiler and the generated files want it',
    async () => {
      const changed = copy
        .git('diff', '--name-only', '--diff-filter=M', 'HEAD~1')
        .split('\n')
        .filter(Boolean);
      const code = changed.filter((path) => path.endsWith('.ts'));
      await copy.succeed('eslint', '--max-warnings', '0', ...code);
      const laidOut = changed.filter((path) => /\.(ts|ya?ml)$|^(package|tsconfig\.base)\.json$/.test(path));
      await copy.succeed('prettier', '--check', '--log-level', 'warn', ...laidOut);
      await copy.succeed('tsc', '-p', '.');
      await copy.succeed('node', '--import', 'tsx', 'tools/generate/main.ts', '--check');
    },
    LONG_MS,
  );

  it(
    'passes the tests of its apps, and the checks of its manifests and documents',
    async () => {
      await copy.jest('apps/migrate');
      const e2e = 'processes|shutdown|smoke|metrics|request-log|traces|queue-page';
      await copy.jest('apps/e2e', e2e);
      const checks = 'manifests/(manifests|broken|snapshots|keda|asked|version|sealed)|generated-files';
      await copy.jest('tools', `${checks}|documents.spec|lock-file|start/settings|options.spec`);
    },
    LONG_MS,
  );

  it(
    'can be extended: a feature with an endpoint and a job runs',
    async () => {
      await copy.succeed('nx', 'generate', 'feature', 'zeppelins', '--columns', 'name:text');
      await copy.succeed('nx', 'generate', 'endpoint', 'zeppelins');
      await copy.succeed('nx', 'generate', 'job', 'moor-zeppelins', '--feature', 'zeppelins');
      await copy.succeed('node', '--import', 'tsx', 'tools/generate/main.ts');
      await copy.succeed('tsc', '-p', '.');
      await copy.succeed('nx', 'run-many', '-t', 'build', '-p', 'api,worker,migrate');
      await copy.jest('libs/zeppelins');
      await copy.jest('apps/migrate', 'schema');
      await copy.jest('apps/e2e', 'zeppelins');
      await copy.jest('tools', 'manifests/(manifests|keda)');
    },
    LONG_MS,
  );
});
