import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const workspace = join(import.meta.dirname, '../..');
const FOLDERS = ['.ci', '.githooks', 'tools'];
const scripts = FOLDERS.flatMap((folder) =>
  readdirSync(join(workspace, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name)),
).filter((file) => /^#!.*\b(ba)?sh\n/.test(readFileSync(file, 'utf8').slice(0, 40)));

test.each(scripts.map((file) => file.slice(workspace.length + 1)))('%s is valid', async (script) => {
  const { stderr } = await promisify(execFile)('bash', ['-n', script], { cwd: workspace });
  expect(stderr).toBe('');
  expect(readFileSync(join(workspace, script), 'utf8')).toMatch(/^set -(euo pipefail|eu|u)$/m);
});
