import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { workspace, workspaceKey } from '../workspace';

/** `nobody`. Postgres refuses to run as root. */
const UNPRIVILEGED_ID = 65_534;

/** As whom Postgres runs: nobody when we are root, else ourselves. */
export const serverUser: { uid?: number; gid?: number } =
  process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};

/** Hands a file or folder that we made to the user as whom Postgres runs. */
export function giveToServerUser(path: string): void {
  if (serverUser.uid !== undefined) chownSync(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
}

/** Postgres runs only on a folder of its own user: one made by root does not suit an ordinary user, nor the other way round. */
export function assertServerUserOwns(folder: string): void {
  const { uid } = statSync(folder);
  const wanted = serverUser.uid ?? process.getuid?.();
  if (wanted === undefined || uid === wanted) return;
  const maker = uid === UNPRIVILEGED_ID ? 'root' : `the user with id ${uid}`;
  throw new Error(
    `${folder} was made by ${maker}: run this as that user, or remove the folder to begin anew`,
  );
}

/** Whether the server's user can get to `path`, judged by the permissions of all folders above it. */
export function serverUserReaches(path: string): boolean {
  if (serverUser.uid === undefined) return true;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (existsSync(folder) && !isTraversable(folder)) return false;
    if (folder === dirname(folder)) return true;
  }
}

function isTraversable(folder: string): boolean {
  const { mode, uid } = statSync(folder);
  return uid === UNPRIVILEGED_ID ? (mode & 0o100) !== 0 : (mode & 0o001) !== 0;
}

/**
 * Where to really keep what is asked for at `path`, so that the server's user reaches it: `path` itself, or, in a clone below a closed
 * folder such as /root, a folder in /var/tmp that belongs to this clone. A link at `path` then leads there; whoever removes the link
 * begins anew.
 */
export function reachablePath(path: string): string {
  if (serverUserReaches(path)) {
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }
  const place = placeOutside(path);
  if (!linkLeadsTo(path, place)) {
    makeOutsideFolder();
    makeWayForLink(path);
    rmSync(place, { recursive: true, force: true });
    mkdirSync(dirname(path), { recursive: true });
    symlinkSync(place, path);
  }
  return place;
}

/** Never at the cost of data: a folder goes only when it is empty. */
function makeWayForLink(path: string): void {
  const present = lstatSync(path, { throwIfNoEntry: false });
  if (!present) return;
  try {
    if (present.isSymbolicLink()) unlinkSync(path);
    else rmdirSync(path);
  } catch (cause) {
    throw new Error(
      `Postgres cannot run as root, and nobody else can enter ${path}, which is not empty: move it away, or make its parents enterable`,
      { cause },
    );
  }
}

/** Removes `path`, and what `reachablePath` keeps elsewhere for it and for paths below it. */
export function removeReachable(path: string): void {
  const place = placeOutside(path);
  const outside = existsSync(dirname(place)) ? readdirSync(dirname(place)) : [];
  for (const name of outside) {
    const other = join(dirname(place), name);
    if (other === place || other.startsWith(`${place}-`)) rmSync(other, { recursive: true, force: true });
  }
  rmSync(path, { recursive: true, force: true });
}

function linkLeadsTo(path: string, place: string): boolean {
  try {
    return readlinkSync(path) === place;
  } catch {
    return false;
  }
}

function placeOutside(path: string): string {
  return join(outsideFolder(), relative(workspace, resolve(path)).replaceAll(/[^\w.-]+/g, '-'));
}

/** In /var/tmp rather than /tmp where there is one, because it outlives a restart of the machine. */
function outsideFolder(): string {
  return join(existsSync('/var/tmp') ? '/var/tmp' : tmpdir(), `data-of-${workspaceKey}`);
}

/** Everybody may write to /var/tmp, so the folder could be somebody's trap. */
function makeOutsideFolder(): void {
  const folder = outsideFolder();
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const made = lstatSync(folder);
  if (made.uid !== process.getuid?.() || !made.isDirectory()) {
    throw new Error(
      `${folder} belongs to somebody else: remove it, or clone to a folder that every user can enter`,
    );
  }
}
