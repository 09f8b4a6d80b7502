import { scratchFolder } from '@kubernest/testing';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';

const workspace = join(__dirname, '../..');
const scratch = scratchFolder();
const noCluster = { KUBECONFIG: join(scratch, 'none'), HOME: scratch };

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

function deploy(args: string[], env: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const command = ['--import', 'tsx', 'tools/deploy/main.ts', ...args];
  const options = { cwd: workspace, env: { ...process.env, ...env }, maxBuffer: 2 ** 26 };
  return new Promise((resolve) => {
    execFile(process.execPath, command, options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}

/** A PATH that has what Node needs, and of `kubectl` and `kustomize` only what is written into it. */
function pathWith(programs: Record<string, string>): NodeJS.ProcessEnv {
  const folder = join(scratch, `bin-${readdirSync(scratch).length}`);
  mkdirSync(folder);
  symlinkSync('/bin/sh', join(folder, 'sh'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: [folder, dirname(process.execPath)].join(delimiter) };
}

/** A kubeconfig whose only cluster is at `server`. */
function kubeconfig(server: string): NodeJS.ProcessEnv {
  const file = join(scratch, `kubeconfig-${readdirSync(scratch).length}`);
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'laptop',
    contexts: [{ name: 'laptop', context: { cluster: 'laptop', user: 'me' } }],
    clusters: [{ name: 'laptop', cluster: { server } }],
    users: [{ name: 'me', user: { token: 'none' } }],
  };
  writeFileSync(file, JSON.stringify(config));
  return { KUBECONFIG: file };
}

test('render prints what kubectl kustomize prints, and says on stderr what it runs', async () => {
  const { code, stdout, stderr } = await deploy(['render', '--overlay=prod']);
  const plain = await new Promise<string>((resolve) => {
    execFile(
      'kubectl',
      ['kustomize', 'deploy/overlays/prod'],
      { cwd: workspace, maxBuffer: 2 ** 26 },
      (_, out) => resolve(out),
    );
  });
  expect(code).toBe(0);
  expect(stdout).toBe(plain);
  expect(stderr).toMatch(/^\$ (kustomize build|kubectl kustomize) deploy\/overlays\/prod\n$/);
});

test('validate finds no fault in production, and counts what it looked at', async () => {
  const { code, stdout } = await deploy(['validate', '--overlay=prod']);
  expect(stdout).toMatch(/^overlays\/prod: \d\d objects, 0 faults\n$/);
  expect(code).toBe(0);
});

test('--help names every operation and overlay', async () => {
  const { code, stdout } = await deploy(['--help']);
  expect(code).toBe(0);
  for (const name of ['render', 'rollback', 'port-forward', 'dev, prod, staging'])
    expect(stdout).toContain(name);
});

describe('bad input gets one line', () => {
  test.each([
    [
      'no overlay',
      ['apply'],
      'Which overlay? There are dev, prod, staging: npx nx apply deploy --configuration=dev',
    ],
    [
      'an overlay that there is not',
      ['apply', '--overlay=qa'],
      'There is no overlay qa. There are dev, prod, staging',
    ],
    [
      'an operation that there is not',
      ['destroy', '--overlay=dev'],
      'There is no operation destroy: there are render',
    ],
    ['an option that there is not', ['apply', '--overlay=dev', '--force'], "Unknown option '--force'"],
  ])('for %s', async (_name, args, message) => {
    const { code, stdout, stderr } = await deploy(args, noCluster);
    expect({ code, stdout, lines: stderr.trimEnd().split('\n').length }).toEqual({
      code: 1,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toContain(message);
  });

  test('for a machine without kubectl', async () => {
    const { code, stderr } = await deploy(['apply', '--overlay=dev'], pathWith({}));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^The manifests are rendered by .*kubectl 1.32 or later.*install one of them\.\n$/,
    );
  });

  test('for a kubectl that is too old', async () => {
    const old = 'echo "Client Version: v1.29.1"; echo "Kustomize Version: v5.0.4"';
    const { code, stderr } = await deploy(['apply', '--overlay=dev'], pathWith({ kubectl: old }));
    expect(code).toBe(1);
    expect(stderr).toContain('kubectl 1.29.1 with kustomize 5.0.4 is too old: install one of them.\n');
  });

  test('for kubectl without a cluster', async () => {
    const { code, stderr } = await deploy(['apply', '--overlay=dev'], noCluster);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^kubectl has no current context: choose a cluster with .*\n$/);
  });

  test('for a cluster that does not answer', async () => {
    const { code, stderr } = await deploy(['status', '--overlay=dev'], kubeconfig('http://127.0.0.1:1'));
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^The cluster of context laptop cannot be used: .*127\.0\.0\.1:1 was refused.*\n$/,
    );
  });
});

describe('on a cluster that answers', () => {
  // It knows its version and nothing else, so that every call of kubectl fails.
  const server = createServer((request, response) => {
    const found = request.url?.startsWith('/version');
    response.writeHead(found ? 200 : 404, { 'content-type': 'application/json' });
    response.end(found ? '{"major":"1","minor":"36","gitVersion":"v1.36.0"}' : '{}');
  });
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
  afterAll(() => server.close());

  test('it says where it goes and what it runs, and ends with the first call that fails', async () => {
    const { port } = server.address() as AddressInfo;
    const env = kubeconfig(`http://127.0.0.1:${port}`);
    const { code, stderr } = await deploy(['rollback', '--overlay=prod'], env);
    expect(stderr).toContain('Cluster of context laptop, namespace production\n');
    expect(stderr).toContain('$ kubectl rollout undo deployment/api-server -n production\n');
    expect(stderr).not.toContain('deployment/worker');
    expect(code).toBe(1);
  });
});
