import { get } from 'node:http';
import type { ProbeSettings } from '../manifest';

export interface ProbeResult {
  succeeded: boolean;
  /** As the kubelet sees it: only a run of equal results as long as the threshold changes it. */
  healthy: boolean;
}

/**
 * Asks one path again and again, as the kubelet's prober does: at once, then each period; one at a time; a connection of its own for each.
 * https://kubernetes.io/docs/concepts/workloads/pods/probes/
 */
export class Probe {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private run = 0;
  private healthy: boolean;

  constructor(
    private readonly settings: ProbeSettings,
    private readonly port: number,
    /** What counts before the first result: readiness and start-up as failed, liveness as passed. */
    initially: boolean,
    private readonly onResult: (result: ProbeResult) => void,
  ) {
    this.healthy = initially;
  }

  start(): this {
    this.timer = setTimeout(() => void this.ask(), this.settings.initialDelayMs);
    return this;
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async ask(): Promise<void> {
    const askedAtMs = performance.now();
    const succeeded = await answers(this.port, this.settings);
    if (this.stopped) return;
    this.timer = setTimeout(
      () => void this.ask(),
      Math.max(askedAtMs + this.settings.periodMs - performance.now(), 0),
    );
    this.count(succeeded);
    this.onResult({ succeeded, healthy: this.healthy });
  }

  private count(succeeded: boolean): void {
    this.run = succeeded === this.healthy ? 0 : this.run + 1;
    const { failureThreshold, successThreshold } = this.settings;
    if (this.run < (succeeded ? successThreshold : failureThreshold)) return;
    this.healthy = succeeded;
    this.run = 0;
  }
}

/** 200 to 399, whole, within the time-out. */
function answers(port: number, { path, timeoutMs }: ProbeSettings): Promise<boolean> {
  return new Promise((resolve) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const options = { host: '127.0.0.1', port, path, agent: false, signal, headers: { connection: 'close' } };
    const request = get(options, (response) => {
      const { statusCode = 0 } = response;
      response
        .resume()
        .once('error', () => resolve(false))
        .once('end', () => resolve(statusCode >= 200 && statusCode < 400));
    });
    request.once('error', () => resolve(false));
  });
}
