import { scratchFolder, waitFor } from '@kubernest/testing';
import { build } from 'esbuild';
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

interface LogLine {
  msg: string;
  url?: string;
  [field: string]: unknown;
}

const START_TIMEOUT_MS = 30_000;

/** A fixture as one file, which starts in half the time that compiling it in each process takes. */
export async function buildFixture(name: 'worker' | 'sender'): Promise<string> {
  const outfile = join(scratchFolder(), `${name}.cjs`);
  await build({
    entryPoints: [join(__dirname, name === 'worker' ? '' : name, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    packages: 'external',
    tsconfig: join(__dirname, '../tsconfig.json'),
    logLevel: 'error',
  });
  return outfile;
}

/** A fixture as a process of its own: the worker, or another one that this lib has. */
export class EffectsWorker {
  output = '';
  readonly exit: Promise<number | string>;

  constructor(
    private readonly child: ChildProcess,
    running: Set<EffectsWorker>,
  ) {
    running.add(this);
    this.exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
    void this.exit.then(() => running.delete(this));
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static launch(file: string, env: Record<string, string>, running: Set<EffectsWorker>): EffectsWorker {
    const child = spawn(process.execPath, [file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    return new EffectsWorker(child, running);
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  lines(): LogLine[] {
    const whole = this.output.split('\n').slice(0, -1);
    return whole.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as LogLine);
  }

  async ready(): Promise<this> {
    const isReady = async () => {
      const url = this.lines().find(({ msg }) => msg === 'started')?.url;
      return url !== undefined && (await fetch(`${url}/health/ready`)).ok;
    };
    const message = 'a process to be ready';
    await waitFor(isReady, { timeoutMs: START_TIMEOUT_MS, message }).catch((cause: unknown) => {
      throw new Error(`${message}; it wrote:\n${this.output}`, { cause });
    });
    return this;
  }

  stop(signal: NodeJS.Signals): Promise<number | string> {
    this.child.kill(signal);
    return this.exit;
  }
}
