import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

interface Need {
  command: string;
  /** Debian's. */
  package: string;
  why: string;
}

/** What the tests run that npm does not bring. */
const needs: Need[] = [
  { command: 'buildah', package: 'buildah', why: 'builds the images' },
  { command: 'runc', package: 'runc', why: 'runs them' },
  { command: 'chromium', package: 'chromium', why: 'opens the pages' },
  { command: 'haproxy', package: 'haproxy', why: 'balances the load of the rollout' },
  { command: 'prometheus', package: 'prometheus', why: 'scrapes the apps, and tries the alerts' },
];

export const packages = needs.map((need) => need.package);

/** What is missing and how to get it, a line each; empty when all is there. */
export function missing(path: string, userId: number | undefined, wanted = needs): string[] {
  const folders = path.split(delimiter);
  const absent = wanted.filter(({ command }) => !folders.some((folder) => existsSync(join(folder, command))));
  const lines = absent.map(
    (need) =>
      `${need.command} is missing (${need.why}): apt-get install --no-install-recommends ${need.package}`,
  );
  if (userId === 0) return lines;
  return [...lines, 'Not root (needed to mount the images and to run them as another user): run it as root'];
}
