import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Fault } from '../start/fault';

const LINE = /(app\.kubernetes\.io\/version: &version )'([^']*)'/;
/** A label's value, and part of the migration Job's name: no `_`, no capitals. */
const RELEASE = /^[a-z0-9]([a-z0-9.-]{0,50}[a-z0-9])?$/;

export const overlaysFolder = resolve(__dirname, '../../deploy/overlays');

/** Where an overlay says which release it runs. */
function fileOf(overlay: string, folder: string): string {
  return resolve(folder, overlay, 'kustomization.yaml');
}

/** @throws Fault when the overlay has not the one line that names its release */
export function releaseOf(overlay: string, folder = overlaysFolder): string {
  const release = LINE.exec(readFileSync(fileOf(overlay, folder), 'utf8'))?.[2];
  if (release === undefined)
    throw new Fault(`deploy/overlays/${overlay} has no line app.kubernetes.io/version: &version '...'`);
  return release;
}

/**
 * Changes the one line of an overlay from which image tags, labels and the migration Job's name follow.
 *
 * @returns the release before
 * @throws Fault when the overlay has no such line, or the release cannot be a label and a name
 */
export function setRelease(overlay: string, release: string, folder = overlaysFolder): string {
  if (!RELEASE.test(release))
    throw new Fault(
      `${release} cannot be a release: it becomes a label and part of a Job's name, so at most 52 of a-z, 0-9, - and .`,
    );
  const before = releaseOf(overlay, folder);
  const file = fileOf(overlay, folder);
  writeFileSync(file, readFileSync(file, 'utf8').replace(LINE, `$1'${release}'`));
  return before;
}
