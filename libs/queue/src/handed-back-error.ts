/** Thrown by a job that stopped at a safe point because the process shuts down: it waits again, at no cost of an attempt. */
export class HandedBackError extends Error {
  constructor(message = 'handed back: the process is shutting down') {
    super(message);
    this.name = 'HandedBackError';
  }
}
