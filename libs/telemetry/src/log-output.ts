import type { DestinationStream } from 'pino';

/** In characters; what a pipe takes at once is more. */
const MAX_WAITING = 16_384;

let mayWait = false;

/**
 * What `log` logs may be written together with others of the same turn of the event loop, at its end. For lines of which there is one per
 * request, since writing each by itself costs a busy process more than all else about it.
 */
export function logAtTheTurnsEnd(log: () => void): void {
  mayWait = true;
  try {
    log();
  } finally {
    mayWait = false;
  }
}

/**
 * Writes each line before the call that logged it returns, and in order, but for those that may wait. These are written at the end of the
 * turn, with the next line that may not wait, when they become many, and when the process exits or crashes; only what ends a
 * process without asking it (SIGKILL, or V8 out of memory) takes those of its last turn along.
 */
export class LogOutput implements DestinationStream {
  private waiting = '';
  private scheduled = false;

  /** @param destination writes synchronously */
  constructor(private readonly destination: DestinationStream) {
    process.on('exit', () => this.flush());
  }

  write(line: string): void {
    this.waiting += line;
    if (!mayWait || this.waiting.length >= MAX_WAITING) this.flush();
    else if (!this.scheduled) {
      this.scheduled = true;
      setImmediate(() => {
        this.scheduled = false;
        this.flush();
      });
    }
  }

  private flush(): void {
    if (this.waiting === '') return;
    const lines = this.waiting;
    this.waiting = '';
    this.destination.write(lines);
  }
}
