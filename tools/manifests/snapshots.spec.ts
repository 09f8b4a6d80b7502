import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { foldersIn } from './overlays';
import { snapshots } from './snapshots';

const DIFFERENCES_SHOWN = 40;
const workspace = join(__dirname, '../..');

let rendered: Record<string, string>;
beforeAll(async () => {
  rendered = await snapshots();
});

/** Empty, or what is to be done and why: the first lines of the difference. */
function staleness(path: string, content: string): string {
  const diff = spawnSync('git', ['diff', '--no-index', '--no-color', '-U1', '--', path, '-'], {
    cwd: workspace,
    input: content,
    encoding: 'utf8',
  });
  if (diff.status === 0) return '';
  const lines = `${diff.stdout}${diff.stderr}`.split('\n').slice(0, DIFFERENCES_SHOWN);
  return `${path} is stale. Look at what changes, then run: npm run generate\n${lines.join('\n')}`;
}

test.each(foldersIn('overlays'))('the snapshot of %s is what the overlay renders to', (name) => {
  const path = `deploy/snapshots/${name}.yaml`;
  expect(staleness(path, rendered[path] ?? '')).toBe('');
});

test('a change of one line is shown, with the command that refreshes', () => {
  const path = 'deploy/snapshots/prod.yaml';
  const changed = (rendered[path] ?? '').replace('maxReplicas: 20', 'maxReplicas: 21');
  const said = staleness(path, changed);
  expect(said).toContain(
    'deploy/snapshots/prod.yaml is stale. Look at what changes, then run: npm run generate',
  );
  expect(said).toContain('-  maxReplicas: 20\n+  maxReplicas: 21\n');
});

test('there is no snapshot of an overlay that is gone', () => {
  expect(readdirSync(join(workspace, 'deploy/snapshots')).sort()).toEqual(
    foldersIn('overlays').map((name) => `${name}.yaml`),
  );
});
