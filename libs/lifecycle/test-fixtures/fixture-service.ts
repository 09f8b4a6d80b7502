import { waitFor } from '@kubernest/testing';
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fixtureProgram, testFolder } from './fixture-program';
import type { Plan } from './plan';

const START_TIMEOUT_MS = 20_000;

export interface LogLine {
  level?: string;
  msg?: string;
  step?: string;
  [field: string]: unknown;
}

export interface Environment extends Plan {
  /** Short times by default, so that a test of a clean shutdown does not wait. */
  env?: Record<string, string>;
}

/** The fixture service as a real process on a free port. */
export class FixtureService {
  readonly logs: LogLine[] = [];
  readonly exit: Promise<number | string>;
  private stderr = '';

  constructor(private readonly child: ChildProcess) {
    this.exit = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string);
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) this.logs.push(JSON.parse(line) as LogLine);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
  }

  /** Does not wait for anything. */
  static launch({ env = {}, ...plan }: Environment = {}): FixtureService {
    const child = spawn(process.execPath, [fixtureProgram()], {
      env: {
        NODE_COMPILE_CACHE: `${testFolder}/compile-cache`,
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        SHUTDOWN_DRAIN_MS: '0',
        FIXTURE: JSON.stringify(plan),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return new FixtureService(child);
  }

  /** Launches and waits until it is started. */
  static async start(environment: Environment = {}): Promise<FixtureService> {
    const service = FixtureService.launch(environment);
    await service.logged('started');
    return service;
  }

  get url(): string {
    return this.logs.find(({ msg }) => msg === 'started')?.['url'] as string;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  signal(signal: NodeJS.Signals = 'SIGTERM'): void {
    this.child.kill(signal);
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string> {
    this.signal(signal);
    return this.exit;
  }

  /** The line whose message begins so, as soon as it was written. */
  logged(message: string): Promise<LogLine> {
    return waitFor(() => this.logs.find(({ msg }) => msg?.startsWith(message)) ?? this.failIfGone(message), {
      timeoutMs: START_TIMEOUT_MS,
      message: `the log to say "${message}"; it said ${JSON.stringify(this.logs.map(({ msg }) => msg))} ${this.stderr}`,
    });
  }

  messages(): string[] {
    return this.logs.map(({ msg }) => msg ?? '');
  }

  /** What the shutdown said, step by step. */
  steps(): string[] {
    return this.logs.flatMap(({ msg, step }) => (msg?.startsWith('shutdown:') && step ? [step] : []));
  }

  probe(name: 'live' | 'ready' | 'startup'): Promise<Response> {
    return fetch(`${this.url}/health/${name}`, { headers: { connection: 'close' } });
  }

  /** Resolves once the shutdown has begun, as the readiness probe sees it. */
  draining(): Promise<unknown> {
    return waitFor(async () => (await this.probe('ready')).status === 503, {
      timeoutMs: 5_000,
      message: 'readiness to be 503',
    });
  }

  /** Resolves once a request to this route is being worked on. */
  async serving(route: string): Promise<void> {
    const open = async () => (await (await fetch(`${this.url}/open`)).text()).includes(route);
    await waitFor(open, { timeoutMs: 5_000, message: `a request to ${route} to be in flight` });
  }

  private failIfGone(message: string): undefined {
    if (this.child.exitCode === null && this.child.signalCode === null) return undefined;
    // What it wrote last may still be on its way through the pipe.
    if (!this.child.stdout?.readableEnded) return undefined;
    throw new Error(`the fixture ended before it said "${message}": ${this.stderr}`);
  }
}

const running = new Set<ChildProcess>();

/** For `afterAll`: whatever a failed test has left. */
export function killRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}
