import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { LoadOutcome, LoadPlan } from './load-plan';
import type { Stoppable } from './started';

type Answer = { outcome: LoadOutcome } | { error: string };

/** Sends requests from a process of its own. */
export class LoadGenerator implements Stoppable {
  private readonly child: ChildProcess;
  private readonly exited: Promise<unknown>;

  private constructor() {
    const program = join(import.meta.dirname, 'load-program.ts');
    this.child = fork(program, {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.exited = once(this.child, 'exit');
  }

  static start(): Promise<LoadGenerator> {
    return Promise.resolve(new LoadGenerator());
  }

  /** @throws Error when a request failed: the figures would be about something else */
  async send(plan: LoadPlan): Promise<LoadOutcome> {
    const answered = once(this.child, 'message').then(([answer]) => answer as Answer);
    const ended = this.exited.then(() => ({ error: 'it has ended' }));
    this.child.send(plan);
    const answer = await Promise.race([answered, ended]);
    if ('error' in answer) throw new Error(`The load generator failed: ${answer.error}`);
    const { failures } = answer.outcome;
    if (failures.length > 0) {
      const kinds = [...new Set(failures)].join(', ');
      throw new Error(`${failures.length} requests to ${plan.url} were not answered with 200: ${kinds}`);
    }
    return answer.outcome;
  }

  async stop(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}
