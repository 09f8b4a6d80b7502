import { constants } from 'node:os';

export const SHUTDOWN_SIGNALS = ['SIGTERM', 'SIGINT'] as const;
export type ShutdownSignal = (typeof SHUTDOWN_SIGNALS)[number];

/** 128 + the signal's number, as a shell reports it. */
export function signalExitCode(signal: ShutdownSignal): number {
  return 128 + constants.signals[signal];
}

/**
 * The first signal calls `first`; a second one ends the process at once, with 128 + its number.
 *
 * @returns removes both
 */
export function exitOnSignal(first: (signal: ShutdownSignal) => void): () => void {
  let received = 0;
  const handle = (signal: ShutdownSignal): void => {
    received += 1;
    if (received > 1) process.exit(signalExitCode(signal));
    first(signal);
  };
  for (const signal of SHUTDOWN_SIGNALS) {
    // The start of a bundle may have set one, for the time until this code was loaded. Ours first, so that none is missed.
    const earlier = process.listeners(signal);
    process.on(signal, handle);
    for (const listener of earlier) process.off(signal, listener);
  }
  return () => {
    for (const signal of SHUTDOWN_SIGNALS) process.off(signal, handle);
  };
}
