import { Calls } from './calls';
import { Metrics } from './metrics';

const ABOUT = {
  name: 'lookup_duration_seconds',
  help: 'Lookups.',
  label: 'operation',
  system: 'redis',
} as const;

async function samples(metrics: Metrics, name: string): Promise<string[]> {
  return (await metrics.registry.metrics()).split('\n').filter((line) => line.startsWith(name));
}

describe('the calls to a dependency', () => {
  it('are each one sample, with what was asked for and how it ended', async () => {
    const metrics = new Metrics();
    const calls = new Calls(metrics, ABOUT);
    calls.begin('find')();
    calls.begin('find')();
    calls.begin('find')(new Error('not found'));
    calls.begin('keep')();
    expect(await samples(metrics, 'lookup_duration_seconds_count')).toEqual([
      'lookup_duration_seconds_count{operation="find",outcome="ok"} 2',
      'lookup_duration_seconds_count{operation="find",outcome="error"} 1',
      'lookup_duration_seconds_count{operation="keep",outcome="ok"} 1',
    ]);
  });

  it('last from their beginning to their end', async () => {
    const metrics = new Metrics();
    const end = new Calls(metrics, ABOUT).begin('find');
    const beganAtMs = performance.now();
    while (performance.now() - beganAtMs < 20);
    end();
    const [sum = ''] = await samples(metrics, 'lookup_duration_seconds_sum');
    const seconds = Number(sum.split(' ')[1]);
    expect(seconds).toBeGreaterThanOrEqual(0.02);
    expect(seconds).toBeLessThanOrEqual((performance.now() - beganAtMs + 1) / 1000);
  });

  it('are not measured where metrics are off', async () => {
    const metrics = Metrics.off();
    new Calls(metrics, ABOUT).begin('find')();
    expect(await samples(metrics, 'lookup_duration_seconds_count')).toEqual([]);
  });
});
