import { FixtureService, killRunning } from '../test-fixtures/fixture-service';

afterAll(killRunning);

describe('a second signal exits at once and non-zero', () => {
  test.concurrent('during the drain', async () => {
    const service = await FixtureService.start({
      env: { SHUTDOWN_DRAIN_MS: '30000', SHUTDOWN_TIMEOUT_MS: '60000' },
    });
    service.signal();
    await service.logged('shutdown: readiness is 503');
    expect(await service.stop()).toBe(143);
  });

  test.concurrent('while requests in flight are finished', async () => {
    const service = await FixtureService.start({ env: { SHUTDOWN_TIMEOUT_MS: '60000' } });
    fetch(`${service.url}/slow?ms=30000`).catch(() => undefined);
    await service.serving('/slow');
    service.signal();
    await service.logged('shutdown: drained');
    expect(await service.stop()).toBe(143);
  });

  test.concurrent('while a store closes', async () => {
    const service = await FixtureService.start({
      env: { SHUTDOWN_TIMEOUT_MS: '60000' },
      close: { redis: 'hang' },
    });
    service.signal();
    await service.logged('shutdown: queues closed');
    expect(await service.stop('SIGINT')).toBe(130);
  });

  test.concurrent('while the start is abandoned', async () => {
    const service = FixtureService.launch({ hangIn: 'init', close: { redis: 'hang' } });
    await service.logged('fixture: hangs in init');
    service.signal();
    await service.logged('fixture: hangs in instead of: redis closed');
    expect(await service.stop()).toBe(143);
  });
});
