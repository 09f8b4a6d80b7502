import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { workspace } from './local-files';

/** It runs before the services, and ends. */
export const MIGRATE = 'migrate';
/** Their ports come first, whatever else there is. */
const FIRST = ['api', 'worker'];

/** Those folders of apps/ that can be started. */
export function allApps(): string[] {
  return readdirSync(join(workspace, 'apps')).filter((app) =>
    existsSync(join(workspace, 'apps', app, 'src/main.ts')),
  );
}

/** What runs until it is stopped, in the order of the ports. */
export function services(): string[] {
  const others = allApps().filter((app) => app !== MIGRATE && !FIRST.includes(app));
  return [...FIRST, ...others.sort()];
}
