import { randomUUID } from 'node:crypto';
import { ApiClient } from './api-client';
import { SteadyLoad } from './steady-load';

export interface Target {
  readonly url: string;
  /** Replaces every process of the API while others serve, and resolves when that is done; undefined where it cannot be asked for. */
  readonly restart: (() => Promise<unknown>) | undefined;
}

const RESTART_TIMEOUT_MS = 600_000;
const address = () => `smoke-${randomUUID()}@example.com`;

/** What holds of any running API, here or far away: it needs its address and nothing else. */
export function smokeSuite(target: () => Target, options: { withRestart: boolean }): void {
  answersProbes(target);
  keepsSessions(() => new ApiClient(target()));
  if (options.withRestart) restartsUnderLoad(target);
}

function answersProbes(target: () => Target): void {
  test.each(['live', 'ready', 'startup'])('the probe %s answers 200', async (name) => {
    expect((await fetch(`${target().url}/health/${name}`)).status).toBe(200);
  });
}

function keepsSessions(client: () => ApiClient): void {
  test('somebody registers, signs in, is known, signs out, and is known no more', async () => {
    const email = address();
    expect((await client().register(email)).status).toBe(201);
    const { status, body } = await client().signIn(email);
    expect(status).toBe(201);
    expect((await client().current(body.token)).status).toBe(200);
    expect((await client().call('DELETE', '/v1/sessions/current', { token: body.token })).status).toBe(204);
    // Each of them may go to another pod.
    const answers = await Promise.all(Array.from({ length: 20 }, () => client().current(body.token)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([401]));
  });

  test('a wrong password and a forged token are refused', async () => {
    const { token } = await client().join(address());
    expect((await client().signIn(address())).status).toBe(401);
    expect((await client().current(`${token.slice(0, -6)}AAAAAA`)).status).toBe(401);
  });
}

function restartsUnderLoad(target: () => Target): void {
  test(
    'a rolling restart under load fails no request',
    async () => {
      const client = () => new ApiClient(target());
      const { token } = await client().join(address());
      const load = new SteadyLoad(() => client().current(token));
      // Ended also when the restart fails, or it would go on for ever.
      await Promise.resolve(target().restart?.()).finally(() => load.stop());
      expect(load.failures).toEqual([]);
      expect(load.answered).toBeGreaterThan(0);
    },
    RESTART_TIMEOUT_MS,
  );
}
