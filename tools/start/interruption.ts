import { isAlive } from './servers';

const POLL_MS = 500;

/** The one time that something asks us to stop; what comes after it changes nothing. */
export interface Interruption {
  signal: AbortSignal;
  /** Resolves with a sentence that says why. */
  reason: Promise<string>;
  /** Also stop when this process has ended. */
  whenEnded: (pid: number, reason: string) => void;
}

/** Watches for signals, and for the end of our parent: npm that was killed cannot tell us to stop. */
export function interruption(): Interruption {
  const stop = new AbortController();
  const reason = new Promise<string>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(String(stop.signal.reason))),
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => stop.abort(`${signal}.`));
  const { ppid } = process;
  const poll = (ended: () => boolean, why: string) =>
    setInterval(() => {
      if (ended()) stop.abort(why);
    }, POLL_MS).unref();
  poll(() => process.ppid !== ppid, 'The process that started this one has ended.');
  return { signal: stop.signal, reason, whenEnded: (pid, why) => void poll(() => !isAlive(pid), why) };
}
