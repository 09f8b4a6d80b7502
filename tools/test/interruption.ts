/** Aborts at the first signal that asks this process to stop; its tasks and servers are then stopped in order. */
export function interruption(): AbortSignal {
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => interrupted.abort(new Error(`Stopped by ${signal}`)));
  }
  return interrupted.signal;
}
