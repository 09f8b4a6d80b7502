import { measureBuild } from './measure-build';
import { measureObservability } from './measure-observability';
import { measureRequests } from './measure-requests';
import { measureStart } from './measure-start';
import type { Measurement } from './measurement';
import { cleanup } from './sessions/measure-cleanup';

/** In the order in which they are run; the number of each is its place. */
export const measurements: readonly Measurement[] = [
  {
    name: 'start',
    title: 'Start and memory of the API',
    seconds: 30,
    quickSeconds: 10,
    measure: measureStart,
  },
  {
    name: 'requests',
    title: 'Requests of the API',
    seconds: 90,
    quickSeconds: 10,
    measure: measureRequests,
  },
  {
    name: 'build',
    title: 'Builds by Nx',
    seconds: 40,
    quickSeconds: 30,
    measure: measureBuild,
  },
  {
    name: 'observability',
    title: 'What it costs the API to observe itself',
    seconds: 280,
    quickSeconds: 20,
    measure: measureObservability,
  },
  cleanup,
];
