import { scratchFolder } from '@kubernest/testing';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { missing } from './needs';

const folder = scratchFolder();
writeFileSync(join(folder, 'present'), '');
chmodSync(join(folder, 'present'), 0o755);
const need = (command: string) => ({ command, package: `${command}-package`, why: 'to test' });

it('says nothing when everything is there', () => {
  expect(missing(`/nowhere:${folder}`, 0, [need('present')])).toEqual([]);
});

it('names each command that is missing, and how to get it', () => {
  expect(missing(folder, 0, [need('present'), need('absent')])).toEqual([
    'absent is missing (to test): apt-get install --no-install-recommends absent-package',
  ]);
});

it('says that it needs root', () => {
  expect(missing(folder, 1000, [])).toEqual([expect.stringContaining('run it as root')]);
});
