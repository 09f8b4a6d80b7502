import { Lifecycle, LIFECYCLE_STATES, Readiness } from '@kubernest/lifecycle';
import { Gauge } from 'prom-client';
import type { Metrics } from './metrics';

/** Which build this is. */
export function exportBuild({ registry }: Metrics, version: string): void {
  const build = new Gauge({
    name: 'build_info',
    help: 'Always 1: the release and the Node.js that run.',
    labelNames: ['version', 'node_version'],
    registers: [registry],
  });
  build.set({ version, node_version: process.version }, 1);
}

/** Where the process is between start and exit, and what its readiness probe was told last. */
export function exportLifecycle(metrics: Metrics, lifecycle: Lifecycle, readiness: Readiness): void {
  metrics.collect({
    name: 'lifecycle',
    metrics: {
      lifecycle_state: {
        help: '1 for the state that the process is in, 0 for the others.',
        labelNames: ['state'],
      },
      readiness_up: { help: 'Whether the last readiness probe was answered with 200.' },
      readiness_check_up: {
        help: 'Whether the check passed at the last readiness probe; 0 also where that only degrades readiness.',
        labelNames: ['check'],
      },
    },
    read: () => {
      const { last } = readiness;
      return {
        lifecycle_state: LIFECYCLE_STATES.map((state) => one({ state }, state === lifecycle.state)),
        readiness_up: last && Number(last.status === 'ready'),
        readiness_check_up: Object.entries(last?.checks ?? {}).map(([check, { status }]) =>
          one({ check }, status === 'up'),
        ),
      };
    },
  });
}

function one(labels: Record<string, string>, holds: boolean) {
  return { labels, value: Number(holds) };
}
