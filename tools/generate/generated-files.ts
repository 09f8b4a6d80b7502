import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { configurationPage } from './configuration-page';
import { dashboardFiles } from './dashboards/dashboards';
import { documentedGroups } from './documented-variables';
import { envExample } from './env-example';
import { groups, processes } from './processes';

const workspace = resolve(__dirname, '../..');

/** What the files have to hold, by their path in the workspace. */
export function generatedFiles(): Record<string, string> {
  const documented = documentedGroups(processes, groups);
  return {
    '.env.example': envExample(documented),
    'docs/configuration.md': configurationPage(documented),
    ...dashboardFiles(),
  };
}

/** The files that hold something else. */
export function staleFiles(files: Record<string, string>): string[] {
  return Object.keys(files).filter((path) => read(path) !== files[path]);
}

export function write(path: string, content: string): void {
  const file = join(workspace, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(workspace, path), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
