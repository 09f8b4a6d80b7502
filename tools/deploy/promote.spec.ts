import { scratchFolder } from '@kubernest/testing';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseOptions } from './options';
import { overlaysFolder, releaseOf, setRelease } from './promote';

const folder = scratchFolder();
const file = (overlay: string) =>
  readFileSync(join(folder, overlay, 'kustomization.yaml'), 'utf8').split('\n');

beforeEach(() => cpSync(overlaysFolder, folder, { recursive: true }));

test('a promotion changes one line, and tells the release before', () => {
  const [before, was] = [file('prod'), releaseOf('prod', folder)];
  expect(setRelease('prod', '1.10', folder)).toBe(was);
  const changed = file('prod').filter((line, index) => line !== before[index]);
  expect(changed).toEqual([`      app.kubernetes.io/version: &version '1.10'`]);
  expect(releaseOf('prod', folder)).toBe('1.10');
});

test.each(['1.6.0-rc.1', '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b', 'dev'])(
  '%s may be a release',
  (release) => {
    setRelease('staging', release, folder);
    expect(releaseOf('staging', folder)).toBe(release);
  },
);

test.each(["1.6.0'", '1.6.0\n', 'V1', '1_6', '-1', '1.', '', `sha256:${'a'.repeat(64)}`])(
  '%j may not, since a label and a name follow from it',
  (release) => {
    const before = file('prod');
    expect(() => setRelease('prod', release, folder)).toThrow(/cannot be a release/);
    expect(file('prod')).toEqual(before);
  },
);

test.each([
  [[], 'Which release? Either --release=<version> or --from=<overlay>'],
  [['--release=1', '--from=staging'], 'Which release? Either --release=<version> or --from=<overlay>'],
  [['--from=nowhere'], 'There is no overlay nowhere.'],
])('promote %j is refused', (args, reason) => {
  expect(() => parseOptions(['promote', '--overlay=prod', ...args])).toThrow(reason);
});
