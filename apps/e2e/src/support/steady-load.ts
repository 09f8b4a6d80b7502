import { setTimeout as sleep } from 'node:timers/promises';

const CLIENTS = 8;
const PAUSE_MS = 10;

/** Some clients that ask one thing again and again, each over a connection that is kept alive. */
export class SteadyLoad {
  answered = 0;
  readonly failures: string[] = [];
  private stopped = false;
  private readonly clients: Promise<void>[];

  constructor(private readonly ask: () => Promise<{ status: number }>) {
    this.clients = Array.from({ length: CLIENTS }, () => this.run());
  }

  /** Waits for the answers. */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.clients);
  }

  private async run(): Promise<void> {
    while (!this.stopped) {
      try {
        const { status } = await this.ask();
        this.answered++;
        if (status !== 200) this.failures.push(`answered ${status}`);
      } catch (error) {
        this.failures.push(String((error as Error).cause ?? error));
      }
      await sleep(PAUSE_MS);
    }
  }
}
