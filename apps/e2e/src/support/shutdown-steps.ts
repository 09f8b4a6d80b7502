/** What a worker that ends in order logs of it. */
export const WORKER_STEPS = [
  'readiness',
  'drain',
  'http',
  'workers',
  'queues',
  'redis',
  'postgres',
  'telemetry',
  'exit',
];
