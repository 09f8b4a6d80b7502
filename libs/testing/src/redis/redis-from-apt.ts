import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from '../run-command';
import { localFolder } from '../workspace';

export interface UnpackedRedis {
  file: string;
  /** For `LD_LIBRARY_PATH`. */
  libraryPath: string;
}

type Progress = (text: string) => void;
type Apt = (command: string, ...args: string[]) => Promise<string>;

const folder = join(localFolder, 'redis');
const PACKAGES = [
  { name: 'redis-server', program: 'redis-server' },
  { name: 'valkey-server', program: 'valkey-server' },
];

/**
 * Redis from the packages of Debian or Ubuntu, downloaded and unpacked below `.local/redis/`: nothing is installed, no root is needed. When
 * the system's package lists are empty or stale, lists of our own are fetched into `.local/redis/`.
 *
 * @throws Error with the last thing that apt-get said
 */
export async function redisFromApt(onProgress: Progress): Promise<UnpackedRedis> {
  const unpacked = findUnpacked();
  if (unpacked) return unpacked;
  const work = join(folder, `work-${process.pid}`);
  try {
    await download(work, onProgress);
    await unpack(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  const result = findUnpacked();
  if (!result)
    throw new Error(`${join(folder, 'root')} holds no Redis after unpacking: remove it and try again`);
  return result;
}

function findUnpacked(): UnpackedRedis | undefined {
  const root = join(folder, 'root');
  const program = PACKAGES.map((known) => join(root, 'usr/bin', known.program)).find((file) =>
    existsSync(file),
  );
  if (!program) return undefined;
  const roots = [join(root, 'usr/lib'), join(root, 'lib')].filter((path) => existsSync(path));
  const folders = roots.flatMap((path) => [path, ...subfolders(path)]);
  return { file: program, libraryPath: folders.join(delimiter) };
}

/** Libraries sit in usr/lib/<architecture>. */
function subfolders(path: string): string[] {
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
}

async function download(work: string, onProgress: Progress): Promise<void> {
  mkdirSync(work, { recursive: true });
  onProgress("Downloading Redis from the system's package archive into .local/redis");
  try {
    await downloadPackages(aptIn(work, []), work);
  } catch {
    onProgress('Fetching package lists into .local/redis: those of the system are empty or stale');
    const state = join(work, 'lists');
    const cache = join(work, 'cache');
    mkdirSync(join(state, 'partial'), { recursive: true });
    mkdirSync(join(cache, 'archives/partial'), { recursive: true });
    const apt = aptIn(work, ['-o', `Dir::State::Lists=${state}`, '-o', `Dir::Cache=${cache}`]);
    await apt('update');
    await downloadPackages(apt, work);
  }
}

function aptIn(cwd: string, options: string[]): Apt {
  const env = { LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
  // As root, apt would hand our folder to its own user _apt, who cannot enter every clone.
  const always = ['-q', '-o', 'APT::Sandbox::User=', ...options];
  return (command, ...args) => runCommand('apt-get', [...always, command, ...args], { cwd, env });
}

/** The first of the known packages that the archive has, with the libraries that this machine lacks. */
async function downloadPackages(apt: Apt, work: string): Promise<void> {
  const faults: unknown[] = [];
  for (const { name } of PACKAGES) {
    try {
      const plan = await apt('install', '--simulate', '--no-install-recommends', name);
      const packages = [...plan.matchAll(/^Inst (\S+)/gm)].map(([, wanted]) => wanted ?? '');
      await apt('download', ...new Set([name, ...packages]));
      return;
    } catch (error) {
      faults.push(error);
      for (const file of debs(work)) rmSync(file);
    }
  }
  throw faults[0];
}

async function unpack(work: string): Promise<void> {
  const root = join(work, 'root');
  for (const file of debs(work)) await runCommand('dpkg', ['-x', file, root]);
  const place = join(folder, 'root');
  try {
    renameSync(root, place);
  } catch (error) {
    // Another process of ours may have been quicker.
    if (!existsSync(place)) throw error;
  }
}

function debs(work: string): string[] {
  return readdirSync(work)
    .filter((name) => name.endsWith('.deb'))
    .map((name) => join(work, name));
}
