import { smokeSessions } from '../sessions/smoke-sessions';
import { ApiClient, type Answer } from './api-client';
import { SteadyLoad } from './steady-load';

export interface Target {
  readonly url: string;
  /** Replaces every process of the API while others serve, and resolves when that is done; undefined where it cannot be asked for. */
  readonly restart: (() => Promise<unknown>) | undefined;
}

const RESTART_TIMEOUT_MS = 600_000;

/** What a feature adds to the suite. */
export interface SmokeFeature {
  tests: (target: () => Target) => void;
  /** What a client of it asks for again and again. */
  request: (target: () => Target) => Promise<() => Promise<Answer>>;
}
const features: SmokeFeature[] = [smokeSessions];

/** What holds of any running API, here or far away: it needs its address and nothing else. */
export function smokeSuite(target: () => Target, options: { withRestart: boolean }): void {
  answersProbes(target);
  for (const { tests } of features) tests(target);
  if (options.withRestart) restartsUnderLoad(target);
}

function answersProbes(target: () => Target): void {
  test.each(['live', 'ready', 'startup'])('the probe %s answers 200', async (name) => {
    expect((await fetch(`${target().url}/health/${name}`)).status).toBe(200);
  });
}

function restartsUnderLoad(target: () => Target): void {
  test(
    'a rolling restart under load fails no request',
    async () => {
      const requests = await Promise.all(features.map(({ request }) => request(target)));
      const probe = () => new ApiClient(target()).call('GET', '/health/live');
      const loads = [probe, ...requests].map((request) => new SteadyLoad(request));
      // Ended also when the restart fails, or they would go on for ever.
      await Promise.resolve(target().restart?.()).finally(() => loads.map((load) => load.stop()));
      for (const load of loads) {
        expect(load.failures).toEqual([]);
        expect(load.answered).toBeGreaterThan(0);
      }
    },
    RESTART_TIMEOUT_MS,
  );
}
