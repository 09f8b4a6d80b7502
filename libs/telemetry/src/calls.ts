import { Histogram } from 'prom-client';
import type { Metrics } from './metrics';
import { tracing } from './tracing';

export interface CallsOptions {
  /** Of the histogram, in seconds. */
  name: string;
  help: string;
  /** The label that names what was asked for. */
  label: 'operation' | 'command';
  /** What is called, by OpenTelemetry's name. */
  system: 'postgresql' | 'redis';
}

/** Ends a call: with what it failed with, or with nothing. */
export type EndOfCall = (error?: unknown) => void;

const NOT_MEASURED: EndOfCall = () => undefined;

/** The calls that this process makes to one dependency: how many, how long, and how they ended. Those of a recorded trace are spans of it. */
export class Calls {
  private readonly label: CallsOptions['label'];
  private readonly system: CallsOptions['system'];
  private readonly durations: Histogram;

  constructor(
    private readonly metrics: Metrics,
    { name, help, label, system }: CallsOptions,
  ) {
    this.label = label;
    this.system = system;
    this.durations = new Histogram({
      name,
      help,
      labelNames: [label, 'outcome'],
      buckets: [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers: [metrics.registry],
    });
  }

  /** @param operation one of few: a name from the code, nothing of what the call is about */
  begin(operation: string): EndOfCall {
    const endSpan = tracing.beginCall(this.system, operation);
    if (!this.metrics.enabled) return endSpan ?? NOT_MEASURED;
    const beganAtMs = performance.now();
    return (error) => {
      this.durations.observe(
        { [this.label]: operation, outcome: error === undefined ? 'ok' : 'error' },
        (performance.now() - beganAtMs) / 1000,
      );
      endSpan?.(error);
    };
  }
}
