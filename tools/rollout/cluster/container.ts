import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { resolve } from 'node:path';
import { guardAgainstOrphan } from '../../start/orphan-guard';

const API = resolve(import.meta.dirname, '../../../dist/apps/api/main.js');

/** Exit code, or the name of the signal that ended the process. */
export type Exit = number | string;

/** The built API as a process, in the place of a container's. */
export class Container {
  readonly exited: Promise<Exit>;
  exit: Exit | undefined;
  private readonly child: ChildProcess;

  constructor(env: NodeJS.ProcessEnv, logFile: string) {
    const log = openSync(logFile, 'a');
    this.child = spawn(process.execPath, [API], {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    guardAgainstOrphan(this.child);
    this.exited = once(this.child, 'exit').then(([code, signal]) => {
      this.exit = (code ?? signal) as Exit;
      return this.exit;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}
