import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { guardAgainstOrphan } from './orphan-guard';
import { prefixLines } from './output';
import type { Variables } from './settings';

const STOP_TIMEOUT_MS = 10_000;
const READY_TIMEOUT_MS = 30_000;
const POLL_MS = 15;
const CONNECT_MS = 80;
const PROBE_TIMEOUT_MS = 2_000;

/** A service that runs from the folder of its build, and can be started again from what is there then. */
export class AppProcess {
  private child: ChildProcess | undefined;
  private stopping = false;

  constructor(
    readonly name: string,
    private readonly folder: string,
    private readonly env: Variables,
  ) {}

  get running(): boolean {
    return this.child?.exitCode === null && this.child.signalCode === null;
  }

  get url(): string {
    return this.urlOf('PORT');
  }

  get metricsUrl(): string {
    return `http://127.0.0.1:${this.env['METRICS_PORT']}/metrics`;
  }

  /** Whether it describes itself at /docs: then its build has the page, which comes with libs/http. */
  get hasPage(): boolean {
    return existsSync(join(this.folder, 'openapi-page'));
  }

  /** Undefined where it has none. */
  get queuePageUrl(): string | undefined {
    return this.env['QUEUE_PAGE_PORT'] && this.urlOf('QUEUE_PAGE_PORT');
  }

  /** In a session of its own, so that a terminal's Ctrl-C reaches it only through us: a second signal would cut its shutdown short. */
  start(): void {
    this.stopping = false;
    const child = spawn(process.execPath, [join(this.folder, 'main.js')], {
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.child = child;
    guardAgainstOrphan(child);
    prefixLines(this.name, child.stdout, child.stderr);
    child.once('exit', (code, signal) => {
      if (!this.stopping)
        console.log(
          `${this.name} ended with ${signal ?? `code ${code}`}: its log is above; it starts again after the next change.`,
        );
    });
  }

  /** @returns whether it became ready; false when it ended, was not ready in time, or nobody wants to know any more */
  async ready(obsolete: () => boolean): Promise<boolean> {
    const deadline = performance.now() + READY_TIMEOUT_MS;
    while (this.running && !obsolete()) {
      if ((await this.answers('startup')) && (await this.answersSoon('ready'))) return true;
      if (performance.now() > deadline) {
        console.log(
          `${this.name} is not ready after ${READY_TIMEOUT_MS / 1000} s: see ${this.url}/health/ready`,
        );
        return false;
      }
      await delay(POLL_MS);
    }
    return false;
  }

  /** Not asked at once, while it connects: it would log that it is not ready. */
  private async answersSoon(probe: string): Promise<boolean> {
    await delay(CONNECT_MS);
    return this.answers(probe);
  }

  private async answers(probe: string): Promise<boolean> {
    try {
      const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
      return (await fetch(`${this.url}/health/${probe}`, { signal })).ok;
    } catch {
      return false;
    }
  }

  /** Where it listens, also when that is every address. */
  private urlOf(port: 'PORT' | 'QUEUE_PAGE_PORT'): string {
    const host = this.env['HOST'] ?? '127.0.0.1';
    return `http://${['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host}:${this.env[port]}`;
  }

  async stop(): Promise<void> {
    const { child } = this;
    if (!child || !this.running) return;
    this.stopping = true;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const deadline = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(deadline);
  }
}
