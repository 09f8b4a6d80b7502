import { Lifecycle } from '@kubernest/lifecycle';
import { Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { poolUse } from './pool';

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 1_000;

/**
 * Connects in the background and goes on trying: a process whose database is away starts, answers its liveness probe, is
 * not ready, and becomes ready when the database comes. Once connected, the pool reconnects by itself.
 */
export class Connection {
  private readonly logger = new Logger('Database');
  private readonly stopping = new AbortController();
  /** Resolves once connected, or when told to close before that. */
  readonly connecting: Promise<void>;

  constructor(
    private readonly dataSource: DataSource,
    lifecycle: Lifecycle,
  ) {
    this.connecting = this.connect();
    lifecycle.onClose('postgres', 'postgres', () => this.close());
    lifecycle.reportOpenWork(() => this.openWork());
  }

  private async connect(): Promise<void> {
    for (
      let retryMs = FIRST_RETRY_MS;
      !this.stopping.signal.aborted;
      retryMs = Math.min(retryMs * 2, LAST_RETRY_MS)
    ) {
      try {
        await this.dataSource.initialize();
        this.logger.log({ msg: 'connected to postgres' });
        return;
      } catch (error) {
        if (retryMs === FIRST_RETRY_MS)
          this.logger.warn({ msg: 'postgres is not available: trying again', err: error });
        await wait(retryMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      }
    }
  }

  private async close(): Promise<void> {
    this.stopping.abort();
    await this.connecting;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private openWork(): string[] {
    const { inUse } = poolUse(this.dataSource);
    return inUse > 0 ? [`postgres: ${inUse} connections in use`] : [];
  }
}
