import { freePort, scratchFolder, waitFor } from '@kubernest/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { workspace } from './local-files';

const COPIED = [
  'apps',
  'libs',
  'tools',
  'package.json',
  'package-lock.json',
  'tsconfig.base.json',
  '.env.example',
];
const READY_TIMEOUT_MS = 120_000;

/** A copy of this clone with data and ports of its own, in which `npm start` is tried. */
export class Clone {
  readonly folder = scratchFolder();
  readonly url: string;

  static async make(): Promise<Clone> {
    return new Clone(await freePort(), await freePort());
  }

  private constructor(port: number, metricsPort: number) {
    this.url = `http://127.0.0.1:${port}`;
    for (const name of COPIED) {
      if (existsSync(join(workspace, name)))
        cpSync(join(workspace, name), join(this.folder, name), { recursive: true });
    }
    symlinkSync(join(workspace, 'node_modules'), join(this.folder, 'node_modules'));
    // A Redis that was downloaded need not be downloaded again.
    mkdirSync(join(this.folder, '.local'));
    const redis = join(workspace, '.local/redis');
    if (existsSync(redis)) symlinkSync(redis, join(this.folder, '.local/redis'));
    writeFileSync(join(this.folder, '.env'), `PORT=${port}\nMETRICS_PORT=${metricsPort}\n`);
  }

  start(...args: string[]): Start {
    return new Start(this.folder, args);
  }

  edit(file: string, change: (text: string) => string): void {
    const path = join(this.folder, file);
    writeFileSync(path, change(readFileSync(path, 'utf8')));
  }

  /** Those whose command line names this clone, which that of every process of a start does. */
  processes(): string[] {
    if (process.platform !== 'linux') return [];
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => `${pid} ${commandLine(pid)}`)
      .filter((process) => process.includes(this.folder));
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** One run of tools/start, in a process group of its own as a terminal would have it. */
export class Start {
  output = '';
  private readonly child: ChildProcess;

  constructor(folder: string, args: string[]) {
    const { DATABASE_URL: _, REDIS_URL: __, PORT: ___, METRICS_PORT: ____, ...env } = process.env;
    const command = ['--import', 'tsx', join(folder, 'tools/start/main.ts'), ...args];
    this.child = spawn(process.execPath, command, {
      cwd: folder,
      env: { ...env, TSX_TSCONFIG_PATH: join(folder, 'tools/tsconfig.json') },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child.stdout?.on('data', (text: Buffer) => (this.output += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.output += text.toString()));
  }

  async says(text: string): Promise<void> {
    const ended = () => this.child.exitCode !== null || this.child.signalCode !== null;
    const message = `"${text}" in:\n${this.output}`;
    await waitFor(() => this.output.includes(text) || ended(), { timeoutMs: READY_TIMEOUT_MS, message });
    if (!this.output.includes(text)) throw new Error(`It ended without "${text}":\n${this.output}`);
  }

  /** As Ctrl-C does, to the whole group; `times` in a row. */
  async interrupt(times = 1): Promise<number | null> {
    for (let count = 0; count < times; count++) process.kill(-(this.child.pid ?? 0), 'SIGINT');
    return this.exit();
  }

  async terminate(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.exit();
  }

  async exit(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
    return this.child.exitCode;
  }
}
