import type { Metrics } from '@kubernest/telemetry';
import type { DataSource } from 'typeorm';

/** What pg-pool counts; TypeORM keeps its pool as the driver's `master`. */
interface PoolCounts {
  totalCount: number;
  idleCount: number;
  waitingCount: number;
}

export interface PoolUse {
  idle: number;
  inUse: number;
  waiting: number;
}

export function poolUse(dataSource: DataSource): PoolUse {
  if (!dataSource.isInitialized) return { idle: 0, inUse: 0, waiting: 0 };
  const { totalCount, idleCount, waitingCount } = (dataSource.driver as unknown as { master: PoolCounts })
    .master;
  return { idle: idleCount, inUse: totalCount - idleCount, waiting: waitingCount };
}

export function exportPool(metrics: Metrics, dataSource: DataSource, max: number): void {
  metrics.collect({
    name: 'database_pool',
    metrics: {
      database_pool_max_connections: { help: 'Connections to Postgres that this process may open.' },
      database_pool_connections: {
        help: 'Connections to Postgres that this process has open.',
        labelNames: ['state'],
      },
      database_pool_waiting_requests: { help: 'Those who wait for a connection to Postgres.' },
    },
    read: () => {
      const { idle, inUse, waiting } = poolUse(dataSource);
      return {
        database_pool_max_connections: max,
        database_pool_connections: [
          { labels: { state: 'idle' }, value: idle },
          { labels: { state: 'in_use' }, value: inUse },
        ],
        database_pool_waiting_requests: waiting,
      };
    },
  });
}
