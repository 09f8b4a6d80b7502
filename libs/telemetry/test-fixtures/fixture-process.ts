import { waitFor } from '@kubernest/testing';
import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';

const WORKSPACE = resolve(__dirname, '../../..');

export interface LogLine {
  level: string;
  msg: string;
  [field: string]: unknown;
}

/** The fixture as a real process: its log is what it writes to its standard output. */
export class FixtureProcess {
  output = '';
  readonly exit: Promise<number | null>;

  private constructor(private readonly child: ChildProcess) {
    this.exit = once(child, 'close').then(([code]) => code as number | null);
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.output += text));
  }

  static launch(what: 'serve' | 'log' | 'end', env: Record<string, string> = {}): FixtureProcess {
    const main = join(WORKSPACE, 'libs/telemetry/test-fixtures/main.ts');
    const child = spawn(process.execPath, ['--import', 'tsx', main, what], {
      cwd: WORKSPACE,
      env: {
        // Of the whole workspace: a project's own would leave the libs that it imports without decorators.
        TSX_TSCONFIG_PATH: join(WORKSPACE, 'tsconfig.base.json'),
        NODE_ENV: 'test',
        HOST: '127.0.0.1',
        METRICS_PORT: '0',
        SHUTDOWN_DRAIN_MS: '0',
        READINESS_CRITICAL: 'postgres',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    return new FixtureProcess(child);
  }

  static async serve(env: Record<string, string> = {}): Promise<FixtureProcess> {
    const fixture = FixtureProcess.launch('serve', env);
    await fixture.line('started');
    return fixture;
  }

  /** Every line that was written is one JSON object. */
  lines(): LogLine[] {
    const whole = this.output.split('\n').slice(0, -1);
    return whole.map((line) => JSON.parse(line) as LogLine);
  }

  line(msg: string, matches: (line: LogLine) => boolean = () => true): Promise<LogLine> {
    return waitFor(() => this.lines().find((line) => line.msg === msg && matches(line)), {
      timeoutMs: 20_000,
      message: `the line "${msg}"`,
    });
  }

  async url(): Promise<string> {
    return (await this.line('started'))['url'] as string;
  }

  async metricsUrl(): Promise<string> {
    const { address } = (await this.line('operators are served')) as unknown as { address: { port: number } };
    return `http://127.0.0.1:${address.port}/metrics`;
  }

  stop(): Promise<number | null> {
    this.child.kill('SIGTERM');
    return this.exit;
  }
}

const running = new Set<ChildProcess>();

/** For `afterAll`: whatever a failed test has left. */
export function killRunning(): void {
  for (const child of running) child.kill('SIGKILL');
}
