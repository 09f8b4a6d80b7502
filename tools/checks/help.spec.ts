import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const workspace = join(__dirname, '../..');
const tools = readdirSync(join(workspace, 'tools')).filter((name) =>
  existsSync(join(workspace, 'tools', name, 'main.ts')),
);
/** Nx calls it, with the name of an app. */
const INTERNAL = 'build';

test.each(tools.filter((name) => name !== INTERNAL))('%s --help says how it is called', async (name) => {
  const command = ['--import', 'tsx', join('tools', name, 'main.ts'), '--help'];
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: workspace });
  expect(stdout).toMatch(/^(npm (start|test|run [a-z:]+)|npx nx) /);
  expect(stdout.split('\n').length).toBeGreaterThan(1);
});
