import { freePort, waitFor } from '@kubernest/testing';
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface LogLine {
  level?: string;
  msg?: string;
  step?: string;
  [field: string]: unknown;
}

/** A folder of apps/. */
export type AppName = string;

/** jest runs with this project as its root. */
const WORKSPACE = join(__dirname, '../../../..');
const START_TIMEOUT_MS = 20_000;

/** A built app as a real process: what a container would run, on ports of its own. */
export class RunningApp {
  readonly logs: LogLine[] = [];
  output = '';
  private readonly exited: Promise<number | string>;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
    readonly metricsPort: number,
  ) {
    this.exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
    child.stdout?.setEncoding('utf8').on('data', this.collector());
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static start(name: AppName, env: NodeJS.ProcessEnv, args: string[] = []): Promise<RunningApp> {
    const command = [join(WORKSPACE, 'dist/apps', name, 'main.js'), ...args];
    const common = { PATH: process.env['PATH'], NODE_ENV: 'test', HOST: '127.0.0.1' };
    return RunningApp.launch({ ...common, ...env }, (complete) =>
      spawn(process.execPath, command, { env: complete, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
  }

  /** @param spawnApp starts it with `env` and ports of its own, its output in pipes */
  static async launch(
    env: NodeJS.ProcessEnv,
    spawnApp: (env: NodeJS.ProcessEnv) => ChildProcess,
  ): Promise<RunningApp> {
    const [port, metricsPort] = [await freePort(), await freePort()];
    const ports = { PORT: String(port), METRICS_PORT: String(metricsPort) };
    const child = spawnApp({ ...ports, SHUTDOWN_DRAIN_MS: '0', ...env });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return new RunningApp(child, port, metricsPort);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The status of a probe, or undefined while nothing answers. */
  async probe(name: 'live' | 'ready' | 'startup'): Promise<number | undefined> {
    try {
      const response = await fetch(`${this.url}/health/${name}`, { headers: { connection: 'close' } });
      await response.text();
      return response.status;
    } catch {
      return undefined;
    }
  }

  /** How many TCP sockets the process has by its own count: clients, Postgres, Redis, and the one that asks. */
  async sockets(): Promise<number> {
    const url = `http://127.0.0.1:${this.metricsPort}/metrics`;
    const text = await (await fetch(url, { headers: { connection: 'close' } })).text();
    return Number(/^nodejs_active_resources\{type="TCPSocketWrap"\} (\d+)$/m.exec(text)?.[1]);
  }

  async ready(): Promise<this> {
    await waitFor(async () => (await this.probe('ready')) === 200 || this.failIfGone(), {
      timeoutMs: START_TIMEOUT_MS,
      message: `the app to be ready; it wrote:\n${this.output}`,
    });
    return this;
  }

  waitForLog(matches: (line: LogLine) => boolean, message: string): Promise<LogLine> {
    return waitFor(() => this.logs.find(matches), {
      timeoutMs: START_TIMEOUT_MS,
      message: `${message} in the log`,
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** The exit code, or the name of the signal that ended the process. */
  exit(): Promise<number | string> {
    return this.exited;
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.signal(signal);
    return this.exited;
  }

  /** The steps of the shutdown, as they were logged. */
  steps(): string[] {
    return this.logs.flatMap(({ msg, step }) => (msg?.startsWith('shutdown:') && step ? [step] : []));
  }

  private collector(): (text: string) => void {
    let rest = '';
    return (text) => {
      this.output += text;
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('{')) this.logs.push(JSON.parse(line) as LogLine);
    };
  }

  private failIfGone(): false {
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      throw new Error('the process has ended');
    return false;
  }
}

const running = new Set<ChildProcess>();

/** For `afterAll`: whatever a failed test left behind. */
export async function killRunning(): Promise<void> {
  await Promise.all(
    Array.from(running, async (child) => {
      const exited = once(child, 'exit');
      child.kill('SIGCONT');
      child.kill('SIGKILL');
      await exited;
    }),
  );
}
