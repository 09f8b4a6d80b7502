import { scratchFolder } from '@kubernest/testing';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const workspace = join(__dirname, '../..');
const COPIED = [
  'apps',
  'deploy',
  'libs',
  'tools',
  'nx.json',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
];
const scratch = scratchFolder();
const clone = join(scratch, 'clone');
const origin = join(scratch, 'origin.git');
const bin = join(scratch, 'bin');
const env = {
  ...process.env,
  NX_DAEMON: 'false',
  NX_ISOLATE_PLUGINS: 'false',
  GITHUB_OUTPUT: join(scratch, 'output'),
};

const git = (...args: string[]): string => execFileSync('git', ['-C', clone, ...args], { encoding: 'utf8' });
const read = (file: string): string => readFileSync(join(clone, file), 'utf8');

beforeAll(() => {
  for (const name of COPIED) cpSync(join(workspace, name), join(clone, name), { recursive: true });
  writeFileSync(join(clone, 'CHANGELOG.md'), 'At the end.\n');
  writeFileSync(join(clone, '.gitignore'), 'node_modules\n.nx/*\n!.nx/version-plans/\n');
  symlinkSync(join(workspace, 'node_modules'), join(clone, 'node_modules'));
  mkdirSync(bin);
  writeFileSync(join(bin, 'gh'), `#!/bin/sh\n{ echo "$@"; cat; } >'${join(scratch, 'gh.log')}'\n`);
  chmodSync(join(bin, 'gh'), 0o755);
  execFileSync('git', ['init', '--quiet', '--bare', origin]);
  execFileSync('git', ['init', '--quiet', '--initial-branch=main', clone]);
  git('remote', 'add', 'origin', origin);
  commit('begin');
});

function commit(message: string): void {
  git('add', '.');
  git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '--quiet', '-m', message);
}

function run(command: string, ...args: string[]): Promise<{ code: number; output: string }> {
  const path = [bin, join(workspace, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  return new Promise((resolve) => {
    execFile(command, args, { cwd: clone, env: { ...env, PATH: path } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr }),
    );
  });
}

const plan = async (bump: string, message: string) => {
  const { code, output } = await run('nx', 'release', 'plan', bump, '--only-touched=false', '-m', message);
  if (code !== 0) throw new Error(output);
  commit(message);
};
const release = () => run('bash', 'tools/ci/release.sh');

test('a release without a version plan is refused', async () => {
  expect(await release()).toEqual({
    code: 1,
    output: expect.stringContaining('Nothing to release: npx nx release plan'),
  });
}, 60_000);

test('a release has one version for all, a changelog of what was planned, a tag, and is pushed', async () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  await plan('patch', 'A fix that people notice');
  await plan('minor', 'Invoices can be listed by date');
  const { code, output } = await release();
  expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });

  const next = `${major}.${minor + 1}.0`;
  const lock = JSON.parse(read('package-lock.json')) as {
    version: string;
    packages: { '': { version: string } };
  };
  const manifest = JSON.parse(read('package.json')) as { version: string };
  expect([manifest.version, lock.version, lock.packages[''].version]).toEqual([next, next, next]);
  expect(read('CHANGELOG.md')).toMatch(
    new RegExp(
      `^## ${next} .*Invoices can be listed by date.*A fix that people notice.*At the end\\.\n$`,
      's',
    ),
  );
  expect(git('log', '-1', '--format=%s').trim()).toBe(`Release ${next}`);
  expect(
    git('ls-remote', 'origin')
      .split('\n')
      .filter((line) => line.startsWith(git('rev-parse', 'HEAD').trim())),
  ).toEqual([
    expect.stringContaining('refs/heads/main'),
    expect.stringMatching(new RegExp(`refs/tags/v${next}\\^{}$`)),
  ]);
  expect(git('status', '--short')).toBe('');
  expect(readFileSync(env.GITHUB_OUTPUT, 'utf8')).toBe(`version=${next}\n`);
  expect(readFileSync(join(scratch, 'gh.log'), 'utf8')).toMatch(
    new RegExp(`^release create v${next} .*- Invoices can be listed by date`, 's'),
  );
}, 180_000);
