import { Histogram, Registry } from 'prom-client';
import { Durations } from './durations';

const ABOUT = {
  name: 'lookup_duration_seconds',
  help: 'Lookups.',
  labelNames: ['operation', 'outcome'],
  buckets: [0.01, 0.1, 1],
};
const SETS = [
  { operation: 'find', outcome: 'ok' },
  { operation: 'a "name"\nof two lines', outcome: 'error' },
];
/** Below, at and between the bounds, and beyond them all. */
const SECONDS = [0, 0.01, 0.010001, 0.5, 1, 1.5, 100];

test('durations are exported to the letter as prom-client’s own histogram exports them', async () => {
  const [theirs, ours] = [new Registry(), new Registry()];
  const histogram = new Histogram({ ...ABOUT, registers: [theirs] });
  const durations = new Durations(ours, ABOUT);
  expect(await ours.metrics()).toBe(await theirs.metrics());
  for (const labels of SETS) {
    const series = durations.of(labels);
    for (const seconds of SECONDS) {
      histogram.observe(labels, seconds);
      series.observe(seconds);
    }
  }
  const text = await ours.metrics();
  expect(text).toBe(await theirs.metrics());
  expect(text).toContain('lookup_duration_seconds_bucket{le="0.01",operation="find",outcome="ok"} 2');
});
