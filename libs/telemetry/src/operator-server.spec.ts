import { once } from 'node:events';
import { AddressInfo, connect, createServer } from 'node:net';
import { FixtureProcess, killRunning } from '../test-fixtures/fixture-process';

afterAll(killRunning);

test('a taken metrics port is one line that names METRICS_PORT, and exit code 1', async () => {
  const holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const { port } = holder.address() as AddressInfo;
  const fixture = FixtureProcess.launch('serve', { METRICS_PORT: String(port) });
  expect(await fixture.exit).toBe(1);
  holder.close();
  expect(fixture.lines().map(({ level, msg }) => `${level}: ${msg}`)).toEqual([
    `fatal: the service did not start: /metrics cannot listen on port ${port}: stop what uses it, or set METRICS_PORT`,
  ]);
});

test('metrics are served during the drain, and a silent client does not hold the end of the shutdown', async () => {
  const fixture = await FixtureProcess.serve({ SHUTDOWN_DRAIN_MS: '600', LOG_LEVEL: 'debug' });
  const metricsUrl = await fixture.metricsUrl();
  const silent = connect({ port: Number(new URL(metricsUrl).port), host: '127.0.0.1' });
  silent.on('error', () => undefined);
  await once(silent, 'connect');
  const exit = fixture.stop();
  await fixture.line('shutdown: readiness is 503');
  expect((await fetch(metricsUrl)).status).toBe(200);
  expect(await exit).toBe(0);
  await fixture.line('shutdown: telemetry closed');
});
