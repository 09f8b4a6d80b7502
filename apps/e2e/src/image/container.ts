import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from '../support/environment';
import { RunningApp, type AppName } from '../support/running-app';
import type { ImageConfig } from './buildah';

export interface Container {
  /** The image's files. */
  root: string;
  config: ImageConfig;
  /** What a pod's `args` adds to the entry point. */
  args?: string[];
  /** Files of this machine to see inside: where, by what. */
  mounts?: Record<string, string>;
}

/** A test of its own, with the images of this run. */
export interface TriedInContainers {
  what: string;
  holds: (
    environment: Environment,
    run: (app: AppName, args: string[]) => Promise<RunningApp>,
  ) => Promise<void>;
}

const started: { state: string; id: string }[] = [];

/** Runs an image as the manifests do: its own user, a read-only root, no capability, node as process 1; the network is the machine's. */
export function runContainer(
  container: Container,
  env: NodeJS.ProcessEnv,
  folder: string,
): Promise<RunningApp> {
  mkdirSync(folder, { recursive: true });
  const bundle = mkdtempSync(join(folder, 'bundle-'));
  const id = `image-test-${process.pid}-${started.length}`;
  const state = join(folder, 'runc');
  return RunningApp.launch(env, (complete) => {
    writeFileSync(join(bundle, 'config.json'), JSON.stringify(specification(container, complete)));
    started.push({ state, id });
    // In the foreground: runc passes signals on to the container's first process, and ends with its exit code.
    return spawn('runc', ['--root', state, 'run', '--bundle', bundle, id], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  });
}

/** The id, outside the container, of the first process of the one that was started last. */
export function firstProcess(): number {
  const { state, id } = started.at(-1) ?? { state: '', id: '' };
  const described = execFileSync('runc', ['--root', state, 'state', id], { encoding: 'utf8' });
  return (JSON.parse(described) as { pid: number }).pid;
}

/** For `afterAll`: what a failed test left behind. */
export function removeContainers(): void {
  for (const { state, id } of started.splice(0)) {
    execFileSync('runc', ['--root', state, 'delete', '--force', id], { stdio: 'ignore' });
  }
}

/** https://github.com/opencontainers/runtime-spec/blob/main/config.md */
function specification({ root, config, args = [], mounts = {} }: Container, env: NodeJS.ProcessEnv): object {
  const [uid, gid] = config.User.split(':').map(Number);
  const binds = Object.entries(mounts).map(([destination, source]) => ({
    ...{ destination, source, type: 'bind', options: ['bind', 'ro'] },
  }));
  return {
    ociVersion: '1.0.2',
    root: { path: root, readonly: true },
    process: {
      user: { uid, gid },
      args: [...config.Entrypoint, ...(args.length > 0 ? args : (config.Cmd ?? []))],
      env: [...config.Env, ...Object.entries(env).map(([name, value]) => `${name}=${value ?? ''}`)],
      cwd: config.WorkingDir,
      capabilities: {},
      noNewPrivileges: true,
    },
    mounts: [
      { destination: '/proc', type: 'proc', source: 'proc' },
      { destination: '/dev', type: 'tmpfs', source: 'tmpfs', options: ['nosuid', 'mode=755', 'size=65536k'] },
      ...binds,
    ],
    linux: { namespaces: ['pid', 'mount', 'ipc', 'uts'].map((type) => ({ type })) },
  };
}
