import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface ImageConfig {
  User: string;
  Env: string[];
  Entrypoint: string[];
  Cmd?: string[];
  WorkingDir: string;
  Labels: Record<string, string>;
}

export interface Build {
  context: string;
  /** Below the context. */
  dockerfile?: string;
  target?: string;
  tag: string;
  buildArgs?: Record<string, string>;
  /** Files of this machine that the build sees and that get into no layer: where, by what. */
  mounts?: Record<string, string>;
}

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/** Builds Dockerfiles without a Docker engine, and keeps everything it makes below one folder. */
export class Buildah {
  constructor(private readonly folder: string) {
    mkdirSync(join(folder, 'tmp'), { recursive: true });
  }

  /**
   * @returns what the build printed
   * @throws Error of which `stdout` and `stderr` are what it printed when it fails
   */
  async build({ context, dockerfile, target, tag, buildArgs = {}, mounts = {} }: Build): Promise<string> {
    const { stdout, stderr } = await this.buildah([
      'build',
      // Without cgroups and network namespaces, so that it works within a container, too.
      ...['--isolation', 'chroot', '--layers', '--tag', tag],
      ...(dockerfile ? ['--file', join(context, dockerfile)] : []),
      ...(target ? ['--target', target] : []),
      ...Object.entries(buildArgs).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...Object.entries(mounts).flatMap(([place, file]) => ['--volume', `${file}:${place}:ro`]),
      context,
    ]);
    return stdout + stderr;
  }

  async config(image: string): Promise<ImageConfig> {
    return (JSON.parse(await this.describe(image)) as { OCIv1: { config: ImageConfig } }).OCIv1.config;
  }

  /** All that is known of an image, its history included. */
  async describe(image: string): Promise<string> {
    return (await this.buildah(['inspect', '--type', 'image', image])).stdout;
  }

  /** Runs a shell's commands in the root folder of an image. */
  async inRoot(image: string, commands: string): Promise<string> {
    const script = `cd "$(buildah "$@" mount "$(buildah "$@" from --quiet ${image})")" && ${commands}`;
    return (await this.inMountNamespace(['sh', '-e', '-c', script, 'sh', ...this.storage])).stdout;
  }

  private buildah(args: string[]): Promise<{ stdout: string; stderr: string }> {
    return this.inMountNamespace(['buildah', ...this.storage, ...args]);
  }

  private get storage(): string[] {
    return ['--root', join(this.folder, 'storage'), '--runroot', join(this.folder, 'run')];
  }

  /** What buildah mounts goes with the process, however that ends: a mount left behind would keep the folder from being removed. */
  private inMountNamespace(command: string[]): Promise<{ stdout: string; stderr: string }> {
    return run('unshare', ['--mount', '--', ...command], {
      env: { ...process.env, TMPDIR: join(this.folder, 'tmp') },
      maxBuffer: MAX_OUTPUT_BYTES,
    });
  }
}
