const TICK_MS = 10;

/** Sends so many requests a second, however long their answers take, and remembers when each was answered. */
export class SteadyRequests {
  private readonly answeredAtMs: number[] = [];
  private readonly open = new Set<Promise<unknown>>();
  private readonly beganAtMs = Date.now();
  private readonly timer: NodeJS.Timeout;
  private sent = 0;

  constructor(
    private readonly perSecond: number,
    private readonly send: () => Promise<unknown>,
  ) {
    this.timer = setInterval(() => this.sendWhatIsDue(), TICK_MS);
  }

  get ranMs(): number {
    return Date.now() - this.beganAtMs;
  }

  /** Answers per second, between two times of `Date.now()`. */
  rate(fromMs: number, toMs: number): number {
    const within = this.answeredAtMs.filter((atMs) => atMs > fromMs && atMs <= toMs);
    return within.length / ((toMs - fromMs) / 1000);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.open);
  }

  private sendWhatIsDue(): void {
    while (this.sent < (this.ranMs / 1000) * this.perSecond) {
      this.sent++;
      const answered = this.send().then(
        () => this.answeredAtMs.push(Date.now()),
        () => undefined,
      );
      this.open.add(answered);
      void answered.finally(() => this.open.delete(answered));
    }
  }
}
