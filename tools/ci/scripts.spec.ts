import { scratchFolder } from '@kubernest/testing';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const workspace = join(__dirname, '../..');
const scratch = scratchFolder();

interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** What it called of the programs that stand in for the real ones, a line each. */
  calls: string[];
}

let runs = 0;

/** Runs a script with stand-ins for programs: each notes how it was called, then does what its own lines say. */
function run(
  script: string,
  given: { args?: string[]; env?: NodeJS.ProcessEnv; programs?: Record<string, string>; cwd?: string },
): Promise<Outcome> {
  const { args = [], env = {}, programs = {}, cwd = workspace } = given;
  const folder = join(scratch, `bin-${++runs}`);
  const log = join(folder, 'calls.log');
  mkdirSync(folder);
  writeFileSync(log, '');
  for (const [name, lines] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>'${log}'\n${lines}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  const path = [folder, process.env['PATH']].join(delimiter);
  const options = { cwd, env: { ...process.env, GITHUB_OUTPUT: undefined, PATH: path, ...env } };
  return new Promise((resolve) => {
    execFile('bash', [join(cwd, 'tools/ci', script), ...args], options, (error, stdout, stderr) =>
      resolve({
        code: error === null ? 0 : Number(error.code),
        stdout,
        stderr,
        calls: readFileSync(log, 'utf8').split('\n').slice(0, -1),
      }),
    );
  });
}

/** A repository of its own with the manifests and the scripts in it, all of it committed. */
function repository(): string {
  const folder = join(scratch, `repository-${++runs}`);
  for (const part of ['deploy', 'tools/ci'])
    cpSync(join(workspace, part), join(folder, part), { recursive: true });
  git(folder, 'init', '--quiet', '--initial-branch=main');
  git(folder, 'add', '.');
  commit(folder);
  return folder;
}

const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' });
const commit = (folder: string): string =>
  git(folder, '-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--all', '-m', 'x');

/** With a registry of somebody, and a change more. */
function change(folder: string, overlay: string, replace: [from: string | RegExp, to: string]): void {
  const file = join(folder, 'deploy/overlays', overlay, 'kustomization.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll(...replace));
}

const DIGEST = `sha256:${'a1'.repeat(32)}`;

describe('test-affected.sh', () => {
  test('tests everything on main', async () => {
    const { code, calls } = await run('test-affected.sh', {
      env: { BASE: '' },
      programs: { npm: '', npx: '' },
    });
    expect({ code, calls }).toEqual({ code: 0, calls: ['npm test'] });
  });

  test('tests the projects that a pull request affects', async () => {
    const programs = { npm: '', npx: 'echo api queue' };
    const { calls } = await run('test-affected.sh', { env: { BASE: 'abc' }, programs });
    expect(calls.slice(1)).toEqual([
      'npx nx show projects --affected --base=abc --sep= ',
      'npm test -- api queue',
    ]);
  });

  test('tests nothing when nothing is affected, and fails when Nx does', async () => {
    const none = await run('test-affected.sh', { env: { BASE: 'abc' }, programs: { npm: '', npx: '' } });
    expect(none.calls).not.toContain('npm test');
    expect(none.stdout).toContain('No project is affected by the changes since abc.');
    const broken = await run('test-affected.sh', {
      env: { BASE: 'abc' },
      programs: { npm: '', npx: 'exit 3' },
    });
    expect(broken.code).toBe(3);
  });
});

test('adopt-nx-cache.sh gives the index of another machine the name that Nx looks for here', async () => {
  const folder = join(scratch, 'restored');
  const index = join(folder, '.nx/workspace-data');
  mkdirSync(index, { recursive: true });
  writeFileSync(join(index, `${'0'.repeat(32)}-v3.db`), 'rows');
  const { stdout } = await run('adopt-nx-cache.sh', { args: [folder] });
  const [, name = ''] = /is (\S+)\.\n$/.exec(stdout) ?? [];
  expect(name).toMatch(/^\S+-v3\.db$/);
  expect(readFileSync(join(index, name), 'utf8')).toBe('rows');
  expect((await run('adopt-nx-cache.sh', { args: [join(scratch, 'nowhere')] })).code).toBe(0);
});

test('render-diff.sh shows what a pull request changes in each overlay', async () => {
  const folder = repository();
  change(folder, 'prod', [/&version '[^']*'/g, "&version '9.9.9'"]);
  commit(folder);
  const { code, stdout } = await run('render-diff.sh', { args: ['HEAD^'], cwd: folder });
  expect(code).toBe(0);
  expect(stdout).toContain('### dev: no change\n### prod: ');
  expect(stdout).toContain('\n+  name: migrate-9.9.9\n');
  expect(stdout).toContain('### staging: no change\n');
  expect(git(folder, 'worktree', 'list').trim().split('\n')).toHaveLength(1);
  const cut = await run('render-diff.sh', {
    args: ['HEAD^'],
    cwd: folder,
    env: { RENDER_DIFF_LIMIT: '100' },
  });
  expect(cut.stdout).toContain('... cut after 100 bytes');
});

test('render-diff.sh takes an overlay that is new, and one that is gone', async () => {
  const folder = repository();
  cpSync(join(folder, 'deploy/overlays/dev'), join(folder, 'deploy/overlays/qa'), { recursive: true });
  git(folder, 'rm', '-r', '--quiet', 'deploy/overlays/staging');
  git(folder, 'add', '.');
  commit(folder);
  const { code, stdout } = await run('render-diff.sh', { args: ['HEAD^'], cwd: folder });
  expect(code).toBe(0);
  expect(stdout).toMatch(/### qa: \d{3,} lines added, 0 removed/);
  expect(stdout).toMatch(/### staging: 0 lines added, \d{3,} removed/);
});

describe('image-name.sh', () => {
  test.each([
    ['ghcr.io/acme/shop', 'ghcr.io'],
    ['localhost:5000/shop', 'localhost:5000'],
    ['acme', 'docker.io'],
  ])('says that images of %s are pushed to %s', async (registry, server) => {
    const folder = repository();
    change(folder, 'prod', [/newName: \S+(?=\/)/g, `newName: ${registry}`]);
    const { stdout } = await run('image-name.sh', { args: ['worker'], cwd: folder });
    expect(stdout).toBe(`name=${registry}/worker\nserver=${server}\n`);
  });

  test('refuses the placeholder, and an image that there is not', async () => {
    const folder = repository();
    change(folder, 'prod', [/newName: \S+(?=\/)/g, 'newName: my-registry']);
    const { code, stderr } = await run('image-name.sh', { args: ['worker'], cwd: folder });
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('is a placeholder') });
    const other = await run('image-name.sh', { args: ['nginx'], cwd: folder });
    expect(other.stderr).toBe('deploy/overlays/prod has no image nginx.\n');
  });
});

test('image-labels.sh tells version, commit and its time, and refuses what is no version', async () => {
  const { stdout } = await run('image-labels.sh', { args: ['v1.6.0-rc.1'], cwd: repository() });
  expect(stdout).toMatch(
    /^version=1\.6\.0-rc\.1\nrevision=[0-9a-f]{40}\ncreated=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\n$/,
  );
  expect((await run('image-labels.sh', { args: ['v1; id'] })).code).toBe(1);
});

describe('publish-image.sh', () => {
  const digests = join(scratch, 'digests');
  beforeAll(() => {
    mkdirSync(digests);
    for (const name of ['aa', 'bb']) writeFileSync(join(digests, name), '');
  });
  const publish = (docker: string) =>
    run('publish-image.sh', { args: ['r/api', '1.6.0', digests], programs: { docker, cosign: '' } });

  test('puts all platforms under one tag, and signs its digest', async () => {
    const { code, calls } = await publish(
      `case "$*" in *--format*) echo ${DIGEST};; *inspect*) exit 1;; esac`,
    );
    expect(code).toBe(0);
    expect(calls).toEqual([
      'docker buildx imagetools inspect r/api:1.6.0',
      'docker buildx imagetools create --tag r/api:1.6.0 r/api@sha256:aa r/api@sha256:bb',
      'docker buildx imagetools inspect r/api:1.6.0 --format {{.Manifest.Digest}}',
      `cosign sign --yes r/api@${DIGEST}`,
    ]);
  });

  test('does not write a tag again', async () => {
    const { code, calls, stderr } = await publish('exit 0');
    expect({ code, calls: calls.length, stderr }).toEqual({
      code: 1,
      calls: 1,
      stderr: 'r/api:1.6.0 exists: release another version.\n',
    });
  });
});

describe('promote.sh', () => {
  const cosign = `case "$*" in *worker*) \${REFUSE:-true};; esac; echo '[{"digest":"${DIGEST}"}]'`;
  const npx = "perl -pi -e \"s/&version '.*'/\\&version '1.6.0'/\" deploy/overlays/prod/kustomization.yaml";
  const promote = async (env: NodeJS.ProcessEnv = {}) => {
    const folder = repository();
    git(folder, 'init', '--quiet', '--bare', join(folder, 'origin.git'));
    git(folder, 'remote', 'add', 'origin', join(folder, 'origin.git'));
    const given = { TO: 'prod', FROM: 'staging', GITHUB_REPOSITORY: 'acme/shop', ...env };
    const outcome = await run('promote.sh', { cwd: folder, env: given, programs: { npx, cosign, gh: '' } });
    return { ...outcome, folder };
  };

  test('asks for one changed line by a pull request that names the signed digests', async () => {
    const { code, calls, folder } = await promote();
    expect(code).toBe(0);
    expect(calls[0]).toBe('npx nx promote deploy --configuration=prod --from=staging');
    expect(calls.join('\n')).toContain('gh pr create --base main --head promote/prod-1.6.0');
    expect(calls.filter((call) => call.includes(`/api-server:1.6.0@${DIGEST}`))).toHaveLength(1);
    expect(git(folder, 'diff', '--shortstat', 'main', 'promote/prod-1.6.0').trim()).toBe(
      '1 file changed, 1 insertion(+), 1 deletion(-)',
    );
    expect(git(join(folder, 'origin.git'), 'branch', '--list')).toContain('promote/prod-1.6.0');
  });

  test('takes a release by name', async () => {
    const { calls } = await promote({ RELEASE: '1.6.0' });
    expect(calls[0]).toBe('npx nx promote deploy --configuration=prod --release=1.6.0');
  });

  test('pushes nothing when an image is not signed by this repository', async () => {
    const { code, stderr, folder } = await promote({ REFUSE: 'exit 1' });
    expect(code).toBe(1);
    expect(stderr).toMatch(/\/worker:1\.6\.0 has no signature of acme\/shop\.\n$/);
    expect(git(join(folder, 'origin.git'), 'branch', '--list')).toBe('');
  });
});

test('kind-e2e.sh loads, applies, tests with a restart, and shows the cluster only when that fails', async () => {
  const docker = 'echo postgres:18-alpine; echo api-server:dev; echo worker:dev';
  const programs = { docker, kind: '', kubectl: '', npx: '' };
  const { code, calls } = await run('kind-e2e.sh', { programs });
  expect(code).toBe(0);
  expect(calls).toEqual([
    'docker compose --profile apps config --images',
    'kind load docker-image --name kind api-server:dev worker:dev',
    'kubectl apply -k deploy/kind',
    'npx nx status deploy --configuration=dev',
    'npx nx test-remote e2e',
  ]);
  const failed = await run('kind-e2e.sh', { programs: { ...programs, npx: 'exit 7' } });
  expect(failed.code).toBe(7);
  expect(failed.calls).toContain('kubectl -n dev get events --sort-by=.lastTimestamp');
});
