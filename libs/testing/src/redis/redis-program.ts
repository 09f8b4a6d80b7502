import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from '../run-command';
import { redisFromApt } from './redis-from-apt';

export interface RedisPlace {
  dir: string;
  port: number;
  persistent: boolean;
}

export interface RedisCommand {
  file: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
}

/** A way to run Redis on this machine. */
export interface RedisProgram {
  command(place: RedisPlace): RedisCommand;
}

type Progress = (text: string) => void;

const DOCKER_IMAGE = 'valkey/valkey:8-alpine';
const PROGRAMS = ['redis-server', 'valkey-server'];

/**
 * `redis-server` or `valkey-server` on the PATH, else the system's package unpacked below `.local/`, else what Homebrew or Docker gives.
 *
 * @throws Error in one line that says what to type
 */
export async function findRedis(onProgress: Progress): Promise<RedisProgram> {
  const onPath = findProgram(PROGRAMS);
  if (onPath) return installed(onPath);
  const attempts = { 'apt-get': fromApt, brew: fromHomebrew, docker: fromDocker };
  const faults: string[] = [];
  for (const [tool, attempt] of Object.entries(attempts)) {
    if (!findProgram([tool])) continue;
    try {
      return await attempt(onProgress);
    } catch (error) {
      faults.push(firstLine(error));
    }
  }
  throw new Error(
    `No Redis: install redis-server or valkey-server (Debian, Ubuntu: sudo apt-get update && sudo apt-get install redis-server), ` +
      `or set REDIS_URL to a running one.${faults.map((fault) => ` ${fault}.`).join('')}`,
  );
}

/** The first of these programs that is on the PATH. */
export function findProgram(names: string[], path = process.env['PATH'] ?? ''): string | undefined {
  const candidates = names.flatMap((name) => path.split(delimiter).map((folder) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function installed(file: string, env: NodeJS.ProcessEnv = {}): RedisProgram {
  return {
    command: ({ dir, port, persistent }) => {
      const place = ['--bind', '127.0.0.1', '--port', String(port), '--dir', dir];
      return { file, args: [...place, ...settings(persistent)], env };
    },
  };
}

/** BullMQ needs noeviction: a queue must never lose its keys to memory pressure. */
function settings(persistent: boolean): string[] {
  const keep = ['--save', '', '--appendonly', persistent ? 'yes' : 'no'];
  return [...keep, '--maxmemory-policy', 'noeviction', '--daemonize', 'no'];
}

async function fromApt(onProgress: Progress): Promise<RedisProgram> {
  const { file, libraryPath } = await redisFromApt(onProgress);
  return installed(file, { LD_LIBRARY_PATH: libraryPath });
}

async function fromHomebrew(onProgress: Progress): Promise<RedisProgram> {
  onProgress('Installing Valkey with Homebrew');
  await runCommand('brew', ['install', '--quiet', 'valkey']);
  const prefix = (await runCommand('brew', ['--prefix', 'valkey'])).trim();
  return installed(join(prefix, 'bin', 'valkey-server'));
}

/** The data folder is mounted; a server in a container has to listen on all of the container's own addresses. */
async function fromDocker(onProgress: Progress): Promise<RedisProgram> {
  onProgress(`Getting ${DOCKER_IMAGE} with Docker`);
  await runCommand('docker', ['pull', '--quiet', DOCKER_IMAGE]);
  return {
    command: ({ dir, port, persistent }) => {
      const container = ['run', '--rm', '--init', '-p', `127.0.0.1:${port}:6379`, '-v', `${dir}:/data`];
      return { file: 'docker', args: [...container, DOCKER_IMAGE, 'valkey-server', ...settings(persistent)] };
    },
  };
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ');
}
