import { execFileSync } from 'node:child_process';
import { deploymentsOfBase, foldersIn, namespaceOf } from '../manifests/overlays';
import { productName } from '../start/local-files';
import { calls, cluster, deploy, KUSTOMIZE, pathWith, workspace } from './deploy.fixture';

const overlays = foldersIn('overlays').join(', ');
const production = namespaceOf('prod');
const dev = namespaceOf('dev');

test('render prints what kustomize prints, and says on stderr what it runs', async () => {
  const { code, stdout, stderr } = await deploy(['render', '--overlay=prod']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^\$ (kustomize build|kubectl kustomize) deploy\/overlays\/prod\n$/);
  const [file = '', ...args] = stderr.trim().slice(2).split(' ');
  expect(stdout).toBe(execFileSync(file, args, { cwd: workspace, encoding: 'utf8', maxBuffer: 2 ** 26 }));
});

test('validate finds no fault in production, and counts what it looked at', async () => {
  const { code, stdout } = await deploy(['validate', '--overlay=prod']);
  expect(stdout).toMatch(/^overlays\/prod: \d\d objects, 0 faults\n$/);
  expect(code).toBe(0);
});

test('--help names every operation and overlay', async () => {
  const { code, stdout } = await deploy(['--help']);
  expect(code).toBe(0);
  for (const name of ['render', 'rollback', 'port-forward', overlays]) expect(stdout).toContain(name);
});

describe('an operation says where it goes and calls kubectl in the namespace of its overlay:', () => {
  const rollout = (name: string, namespace: string) => `rollout status ${name} -n ${namespace} --timeout=25m`;

  test.each([
    ['diff', 'prod', ['diff -k deploy/overlays/prod']],
    ['apply', 'staging', ['apply -k deploy/overlays/staging']],
    [
      'status',
      'dev',
      [
        `get jobs -l app=migrate -n ${dev}`,
        rollout('statefulset/postgres', dev),
        rollout('statefulset/redis', dev),
        ...deploymentsOfBase().map((name) => rollout(`deployment/${name}`, dev)),
      ],
    ],
    [
      'logs --workload=worker',
      'prod',
      [`logs -f -l app=worker -n ${production} --tail=100 --prefix --max-log-requests=50`],
    ],
    ['port-forward --local-port=8080', 'prod', [`port-forward service/api-server 8080:80 -n ${production}`]],
  ])('%s', async (operation, overlay, expected) => {
    const { code, stderr } = await deploy([...operation.split(' '), `--overlay=${overlay}`], cluster());
    expect(stderr).toContain('Cluster of context laptop, namespace ');
    expect(calls(stderr)).toEqual(expected);
    expect(code).toBe(0);
  });

  test('rollback, to the release before', async () => {
    const replicaSet = (name: string, revision: number, version: string) => ({
      metadata: {
        creationTimestamp: `2026-11-0${revision}T00:00:00Z`,
        annotations: { 'deployment.kubernetes.io/revision': String(revision) },
        ownerReferences: [{ kind: 'Deployment', name }],
      },
      spec: { template: { metadata: { labels: { 'app.kubernetes.io/version': version } } } },
    });
    const replicaSets = deploymentsOfBase().flatMap((name) => [
      replicaSet(name, 1, '1.5.1'),
      replicaSet(name, 2, '1.5.2'),
    ]);
    const { code, stderr } = await deploy(['rollback', '--overlay=prod'], cluster({ replicaSets }));
    expect(calls(stderr)).toEqual(
      deploymentsOfBase().map((name) => `rollout undo deployment/${name} --to-revision=1 -n ${production}`),
    );
    expect(code).toBe(0);
  });

  test('the first call that fails ends it, with its exit code; status shows what keeps the rollout', async () => {
    const failing = 'rollout status deployment/api-server';
    const { code, stderr } = await deploy(['status', '--overlay=prod'], cluster({ failing }));
    expect(code).toBe(3);
    expect(calls(stderr).slice(-3)).toEqual([
      rollout('deployment/api-server', production),
      `get jobs,pods -l app.kubernetes.io/part-of=${productName()} -n ${production}`,
      `get events --field-selector=type=Warning --sort-by=.lastTimestamp -n ${production}`,
    ]);
  });

  test('that there are differences is no failure of diff', async () => {
    const differs = pathWith({
      kubectl: `case "$1" in
        version) echo '{"clientVersion": {"gitVersion": "v1.36.0"}}';;
        config) echo laptop;;
        diff) exit 1;;
      esac`,
      kustomize: `test "$1" = version && echo v5.5.0 || exec ${KUSTOMIZE} "$2"`,
    });
    expect((await deploy(['diff', '--overlay=prod'], differs)).code).toBe(0);
  });
});

describe('bad input gets one line', () => {
  const options =
    'Options are --workload=<name>, --local-port=<port>, --level=<level>, --seconds=<number>, --release=<version> and --from=<overlay>';
  test.each([
    ['no overlay', 'apply', `There are ${overlays}: npx nx apply deploy`],
    [
      'an overlay that there is not',
      'apply --overlay=lost',
      `There is no overlay lost. There are ${overlays}`,
    ],
    ['an operation that there is not', 'destroy --overlay=dev', 'There is no operation destroy: there are'],
    ['an option that there is not', 'apply --overlay=dev --force', `Unknown option '--force'. ${options}`],
    ['a word too many', 'apply all --overlay=dev', `What is all? ${options}`],
    [
      'a port that is none',
      'port-forward --overlay=dev --local-port=x',
      '--local-port must be a port, not x',
    ],
    [
      'an unknown workload',
      'logs --overlay=dev --workload=x',
      'There is no workload x in deploy/overlays/dev',
    ],
  ])('for %s', async (_name, args, message) => {
    const { code, stdout, stderr } = await deploy(args.split(' '), cluster());
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
      code: 1,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toContain(message);
  });

  test('for a machine with neither kubectl nor kustomize', async () => {
    const { code, stderr } = await deploy(['apply', '--overlay=dev'], pathWith({}));
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(stderr).toContain('by kustomize 5.5 or later, or kubectl 1.32 or later');
  });

  test('for a machine with kustomize and no kubectl', async () => {
    const env = pathWith({ kustomize: `test "$1" = version && echo v5.8.1 || exec ${KUSTOMIZE} "$2"` });
    const { code, stderr } = await deploy(['apply', '--overlay=dev'], env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'kubectl is not on the PATH: install kubectl 1.32 or later\n',
    });
  });

  test.each([
    [
      'a kubectl that is too old',
      { version: '1.29.1' },
      'kubectl 1.29 is too old: install kubectl 1.32 or later',
    ],
    ['kubectl without a cluster', { context: '' }, 'kubectl has no current context: choose a cluster with '],
  ])('for %s', async (_name, given, message) => {
    const { code, stderr } = await deploy(['apply', '--overlay=dev'], cluster(given));
    expect({ code, lines: stderr.trimEnd().split('\n').length }).toEqual({ code: 1, lines: 1 });
    expect(stderr).toContain(message);
  });

  test('for a cluster that does not answer', async () => {
    const { code, stderr } = await deploy(['status', '--overlay=dev'], cluster({ answers: false }));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'The cluster of context laptop cannot be used: connection refused\n',
    });
  });

  test('for an overlay that has not been applied yet, but apply makes its namespace', async () => {
    const fresh = cluster({ namespace: false });
    const { code, stderr } = await deploy(['diff', '--overlay=prod'], fresh);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `The cluster has no namespace ${production}: nothing of this overlay has been applied yet\n`,
    );
    expect((await deploy(['apply', '--overlay=prod'], fresh)).code).toBe(0);
  });
});
