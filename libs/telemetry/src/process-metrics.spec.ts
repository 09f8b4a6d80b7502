import { waitFor } from '@kubernest/testing';
import { FixtureProcess, killRunning } from '../test-fixtures/fixture-process';

afterAll(killRunning);

async function scrape(metricsUrl: string, name: string): Promise<string[]> {
  const text = await (await fetch(metricsUrl)).text();
  return text.split('\n').filter((line) => line.startsWith(name));
}

describe('a process tells a scrape', () => {
  test('which build it is, where it is in its life, and what its readiness probe was told last', async () => {
    const fixture = await FixtureProcess.serve({
      LOG_LEVEL: 'debug',
      SHUTDOWN_DRAIN_MS: '60000',
      SHUTDOWN_TIMEOUT_MS: '120000',
      APP_VERSION: '1.2.3',
    });
    const metricsUrl = await fixture.metricsUrl();
    expect(await scrape(metricsUrl, 'build_info')).toEqual([
      `build_info{version="1.2.3",node_version="${process.version}"} 1`,
    ]);
    expect(await scrape(metricsUrl, 'lifecycle_state')).toEqual([
      'lifecycle_state{state="starting"} 0',
      'lifecycle_state{state="ready"} 1',
      'lifecycle_state{state="draining"} 0',
      'lifecycle_state{state="closing"} 0',
    ]);
    expect(await scrape(metricsUrl, 'readiness_')).toEqual([]);
    const ready = `${await fixture.url()}/health/ready`;
    await fetch(ready);
    expect(await scrape(metricsUrl, 'readiness_')).toEqual([
      'readiness_up 1',
      'readiness_check_up{check="lake"} 1',
      'readiness_check_up{check="redis"} 0',
    ]);
    void fixture.stop();
    await waitFor(async () => (await fetch(ready)).status === 503, {
      timeoutMs: 10_000,
      message: 'the drain',
    });
    expect(await scrape(metricsUrl, 'lifecycle_state')).toContain('lifecycle_state{state="draining"} 1');
    expect(await scrape(metricsUrl, 'readiness_up')).toEqual(['readiness_up 0']);
    void fixture.stop();
    await fixture.exit;
  });

  test('nothing with METRICS_ENABLED=false, on a port that still serves the log level', async () => {
    const fixture = await FixtureProcess.serve({ LOG_LEVEL: 'debug', METRICS_ENABLED: 'false' });
    expect((await fetch(`${await fixture.url()}/items/1`)).status).toBe(200);
    const metricsUrl = await fixture.metricsUrl();
    expect((await fetch(metricsUrl)).status).toBe(404);
    expect((await fetch(new URL('/log-level', metricsUrl))).status).toBe(200);
    expect(await fixture.stop()).toBe(0);
  });
});
