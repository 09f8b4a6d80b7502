import { spawnSync } from 'node:child_process';

/** `npm run generate`, for what is written from the code: .env.example, docs/configuration.md and deploy/snapshots. */
export function generateDocuments(workspace: string): void {
  const command = ['--import', 'tsx', 'tools/generate/main.ts'];
  const { status } = spawnSync(process.execPath, command, { cwd: workspace, stdio: 'inherit' });
  if (status !== 0) throw new Error('npm run generate failed: mend what it says, and run it again');
}
