import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { FromLoad, LoadPlan, RequestRecord, ToLoad } from './load-plan';

const END_TIMEOUT_MS = 60_000;

/** The clients, in a process of their own. */
export class Load {
  /** In the order in which they were answered. */
  readonly records: RequestRecord[] = [];
  /** What the API has said it has written. */
  confirmed: string[] = [];
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;
  private readonly ready = Promise.withResolvers<undefined>();
  private readonly ended = Promise.withResolvers<undefined>();

  private constructor() {
    this.child = fork(join(import.meta.dirname, 'load-program.ts'), {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.exited = once(this.child, 'exit');
    this.child.on('message', (message: FromLoad) => this.receive(message));
    void this.exited.then(() => this.fail('it has ended'));
    for (const { promise } of [this.ready, this.ended]) promise.catch(() => undefined);
  }

  /** What the clients need is there, and requests are being sent, when this returns. */
  static async start(plan: LoadPlan): Promise<Load> {
    const load = new Load();
    load.tell({ plan });
    try {
      await load.ready.promise;
    } catch (error) {
      await load.stop();
      throw error;
    }
    return load;
  }

  /** Sends no more, and waits for the answers. */
  async finish(): Promise<void> {
    this.tell('stop');
    const deadline = setTimeout(() => this.fail('it does not end'), END_TIMEOUT_MS);
    await this.ended.promise;
    clearTimeout(deadline);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }

  private receive(message: FromLoad): void {
    if ('records' in message) this.records.push(...message.records);
    else if ('ready' in message) this.ready.resolve(undefined);
    else if ('fault' in message) this.fail(message.fault);
    else {
      this.confirmed = message.confirmed;
      this.ended.resolve(undefined);
    }
  }

  private fail(reason: string): void {
    const error = new Error(`The load generator failed: ${reason}`);
    this.ready.reject(error);
    this.ended.reject(error);
  }

  private tell(message: ToLoad): void {
    if (this.child.connected) this.child.send(message);
  }
}
