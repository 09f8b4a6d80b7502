import type { QueueDefinition } from './define-queue';

export interface RunningJob<Payload> {
  id: string;
  payload: Payload;
  /** 1 for the first. */
  attempt: number;
  /** Aborts at SIGTERM: finish soon, or stop at a safe point and throw HandedBackError. */
  signal: AbortSignal;
  /** Kept with the job, for operators. What a killed run had reported is in `lastProgress` of the next. */
  progress(value: object): Promise<void>;
  lastProgress: unknown;
}

/** Works off one queue; a provider of the worker. It makes one call to a service of the feature. */
export interface JobProcessor<Payload> {
  readonly queue: QueueDefinition<Payload>;
  process(job: RunningJob<Payload>): Promise<void>;
}
