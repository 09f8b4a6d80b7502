import { spawnSync } from 'node:child_process';
import { Fault } from '../start/fault';

/** What is changed could not be told from what was changed before, nor be undone alone. @throws Fault unless all is committed */
export function requireCleanTree(workspace: string): void {
  const { status, stdout } = spawnSync('git', ['status', '--porcelain'], {
    cwd: workspace,
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Fault(
      'This is no work tree of git, so nothing could be undone: git init, and commit everything first',
    );
  if (stdout !== '')
    throw new Fault(
      'The work tree has changes that are not committed: commit them, or git stash --include-untracked, first',
    );
}
