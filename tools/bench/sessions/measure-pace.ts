import { startApi, startApp, whenReady } from '../apps';
import { LoadGenerator } from '../load';
import type { LoadRequest } from '../load-plan';
import { compare } from '../result';
import type { Run } from '../run';
import { askForSessions } from './ask-for-sessions';
import { requestsForLiveSessions } from './session-rows';
import { takeTurns } from '../statistics';

const CONNECTIONS = 32;
/** A small part of what the API can do on two cores. */
const REQUESTS_PER_SECOND = 500;
/** Half of the requests are for one of these, which Redis knows. */
const CACHED = 32;
const WARM_UP_WINDOWS = 2;
const BEGIN_TIMEOUT_MS = 30_000;

/** Sends one window's requests. @returns the p99 of their answers, in milliseconds */
type Window = () => Promise<number>;

/** The API's p99 under steady load, with and without the cleanup at its default pace beside it. */
export async function measurePace(run: Run, database: string): Promise<void> {
  const rounds = run.size(6, 1);
  const api = await startApi(run, database);
  const load = await run.started.start(() => LoadGenerator.start());
  await whenReady(api);
  const window = await windows(run, { load, url: api.url, database, count: WARM_UP_WINDOWS + 2 * rounds });
  run.progress('Warming up');
  for (let count = 0; count < WARM_UP_WINDOWS; count++) await window();
  const turn = (name: string, measure: Window) => async (round: number) => {
    run.progress(`Round ${round} of ${rounds}: ${name}`);
    await (await run.servers()).databases.settle(database);
    return measure();
  };
  const p99s = await takeTurns(rounds, {
    measured: turn('API under steady load beside the cleanup', () => besideCleanup(run, database, window)),
    baseline: turn('API under steady load', window),
  });
  await load.stop();
  await api.program.stop();
  const what = `API p99 at ${REQUESTS_PER_SECOND}/s beside the cleanup (baseline: without)`;
  const aim = { of: 'ratio', bound: 'at most', value: 1.5 } as const;
  run.results.push(compare({ what, unit: 'ms', ...p99s, aim }));
}

interface Windows {
  load: LoadGenerator;
  url: string;
  database: string;
  count: number;
}

/** No session that Redis does not know is asked for twice: every other request goes to Postgres. */
async function windows(run: Run, { load, url, database, count }: Windows): Promise<Window> {
  const durationMs = run.size(5000, 500);
  const requestsPerSecond = REQUESTS_PER_SECOND;
  const uncached = (requestsPerSecond * durationMs) / 1000 / 2;
  const { databases } = await run.servers();
  // Before anybody signs in, since the keys of those sessions are not known here.
  const live = await databases.within(database, (client) =>
    requestsForLiveSessions(client, uncached * count),
  );
  const cached = await askForSessions.requests(url, CACHED);
  return async () => {
    const requests = alternating(cached, live.splice(0, uncached));
    const plan = {
      kind: 'steady',
      url,
      connections: CONNECTIONS,
      requestsPerSecond,
      durationMs,
      requests,
    } as const;
    return (await load.send(plan)).p99Ms;
  };
}

function alternating(cached: readonly LoadRequest[], uncached: readonly LoadRequest[]): LoadRequest[] {
  return uncached.flatMap((request, index) => {
    const other = cached[index % cached.length];
    return other ? [request, other] : [request];
  });
}

/** @throws Error when the cleanup was done before the window was over */
async function besideCleanup(run: Run, database: string, window: Window): Promise<number> {
  const cleanup = await startApp(run, 'worker', database, { args: ['cleanup-expired-sessions'] });
  await cleanup.until('the cleanup to begin', BEGIN_TIMEOUT_MS, () => cleanup.output.includes('begins'));
  const p99Ms = await window();
  if (cleanup.ended) throw new Error(`The cleanup ended before its time:\n${cleanup.output}`);
  await cleanup.stop();
  return p99Ms;
}
