import { once } from 'node:events';
import { AddressInfo, createServer } from 'node:net';
import { FixtureService, killRunning } from '../test-fixtures/fixture-service';
import type { Plan } from '../test-fixtures/plan';

afterAll(killRunning);

describe('a signal during start-up exits with 0', () => {
  const phases = ['create', 'init', 'configure', 'listen'] as const;

  test.concurrent.each(phases)('while it hangs in %s', async (hangIn) => {
    const service = FixtureService.launch({ hangIn });
    await service.logged(`fixture: hangs in ${hangIn}`);
    expect(await service.stop()).toBe(0);
    expect(service.messages()).not.toContain('started');
  });

  test.concurrent('having closed what was open by then, in order', async () => {
    const service = FixtureService.launch({ hangIn: 'init' });
    await service.logged('fixture: hangs in init');
    expect(await service.stop('SIGINT')).toBe(0);
    expect(service.steps()).toEqual([
      'readiness',
      'workers',
      'queues',
      'redis',
      'postgres',
      'telemetry',
      'exit',
    ]);
  });

  test.concurrent(
    'unless something does not close: then with 1, and within SHUTDOWN_TIMEOUT_MS',
    async () => {
      const service = FixtureService.launch({
        hangIn: 'init',
        close: { postgres: 'hang' },
        env: { SHUTDOWN_TIMEOUT_MS: '600' },
      });
      await service.logged('fixture: hangs in init');
      expect(await service.stop()).toBe(1);
      await service.logged('shutdown: postgres did not close in time');
    },
  );
});

test.concurrent('a start that fails because it is told to stop is no fault', async () => {
  const service = FixtureService.launch({ failInit: 'when closed' });
  await service.logged('fixture: waits in init');
  expect(await service.stop()).toBe(0);
  expect(service.messages().join()).not.toContain('did not start');
});

test.concurrent('SIGINT shuts down as SIGTERM does', async () => {
  const service = await FixtureService.start();
  expect(await service.stop('SIGINT')).toBe(0);
  expect(service.steps().at(-1)).toBe('exit');
});

describe('a start that fails exits with 1', () => {
  const failed = async (plan: Plan & { env?: Record<string, string> }) => {
    const service = FixtureService.launch(plan);
    expect(await service.exit).toBe(1);
    return service.logs.filter(({ level }) => level === 'error' || level === 'fatal');
  };

  test.concurrent('and one line that names the port when it is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await once(holder, 'listening');
    const { port } = holder.address() as AddressInfo;
    const lines = await failed({ env: { PORT: String(port) } });
    holder.close();
    expect(lines).toEqual([
      expect.objectContaining({
        level: 'fatal',
        msg: `port ${port} is taken: stop what uses it, or set PORT to another one`,
      }),
    ]);
  });

  test.concurrent('and one line when HOST is no address of this machine', async () => {
    expect(await failed({ env: { HOST: '192.0.2.1' } })).toEqual([
      expect.objectContaining({ level: 'fatal', msg: 'HOST 192.0.2.1 is not an address of this machine' }),
    ]);
  });

  test.concurrent('and the reason when a module fails', async () => {
    expect(await failed({ failInit: 'at once' })).toEqual([
      expect.objectContaining({
        level: 'fatal',
        msg: 'the service did not start: the fixture cannot start',
      }),
    ]);
  });
});

describe('a crash', () => {
  test.concurrent.each([
    ['exception', 'throw', 'thrown on purpose'],
    ['rejection', 'reject', 'rejected on purpose'],
  ])('by an %s that nothing handles is logged as fatal; exit code 1', async (_kind, route, message) => {
    const service = await FixtureService.start();
    await fetch(`${service.url}/${route}`, { method: 'POST' }).catch(() => undefined);
    expect(await service.exit).toBe(1);
    expect(service.logs.at(-1)).toMatchObject({
      level: 'fatal',
      msg: 'crashed on an exception that nothing caught',
      err: { message },
    });
  });
});
