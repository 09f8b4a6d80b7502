import { scratchFolder } from '@kubernest/testing';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const repository = scratchFolder();
const called = join(repository, 'called');

/** Stand-ins that note what they are called for, and fail for a file with `bad` in its name. */
function install(): void {
  const bin = join(repository, 'node_modules/.bin');
  mkdirSync(bin, { recursive: true });
  for (const name of ['prettier', 'eslint']) {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\necho ${name} $* >>'${called}'\ncase "$*" in *bad*) exit 1;; esac\n`,
    );
    chmodSync(join(bin, name), 0o755);
  }
}

const git = (...args: string[]) => spawnSync('git', ['-C', repository, ...args], { encoding: 'utf8' });

/** Commits the file with the hook in force. */
function commit(file: string): { code: number | null; calls: string[] } {
  writeFileSync(called, '');
  writeFileSync(join(repository, file), 'x');
  git('add', '-f', file);
  const { status } = git(
    '-c',
    'user.name=A',
    '-c',
    'user.email=a@example.com',
    'commit',
    '-m',
    'x',
    '--',
    file,
  );
  git('reset', '--quiet');
  const calls = readFileSync(called, 'utf8').split('\n').slice(0, -1);
  return { code: status, calls: calls.map((call) => call.replace(/ (--\S+ (warn |0 )?)+/, ' ')) };
}

beforeAll(() => {
  execFileSync('git', ['init', '--quiet', repository]);
  git('config', 'core.hooksPath', join(__dirname, '../../.githooks'));
});
beforeEach(install);

test('looks at the files of the commit, and at code also with the linter', () => {
  expect(commit('good.ts')).toEqual({ code: 0, calls: ['prettier good.ts', 'eslint good.ts'] });
  expect(commit('good.json')).toEqual({ code: 0, calls: ['prettier good.json'] });
});

test('refuses a commit with a file that CI would refuse', () => {
  expect(commit('bad.json').code).toBe(1);
});

test('is in nobody’s way before the dependencies are there', () => {
  rmSync(join(repository, 'node_modules'), { recursive: true });
  expect(commit('bad.ts')).toEqual({ code: 0, calls: [] });
});
