/** A process, a server, a database: whatever a run has to leave behind as if it had never been. */
export interface Stoppable {
  /** May be called more than once. */
  stop(): Promise<void>;
}

/** What a run has started, to be stopped in the opposite order. */
export class Started {
  private readonly all: Promise<Stoppable>[] = [];

  /** @param interrupted nothing more is started once it has aborted */
  constructor(private readonly interrupted: AbortSignal) {}

  /** @throws the signal's reason, or what `start` throws */
  start<T extends Stoppable>(start: () => Promise<T>): Promise<T> {
    this.interrupted.throwIfAborted();
    const starting = start();
    this.all.push(starting);
    return starting;
  }

  /** Also what is still starting. One that cannot be stopped does not keep the others from their turn. */
  async stopAll(): Promise<void> {
    const faults: unknown[] = [];
    for (const starting of this.all.splice(0).reverse()) {
      const started = await starting.catch(() => undefined);
      await started?.stop().catch((error: unknown) => faults.push(error));
    }
    if (faults.length > 0) throw new AggregateError(faults, 'Not everything could be stopped');
  }
}
