import { createMigrated, startApi, startBareFastify, whenReady, type RunningServer } from './apps';
import { asked } from './asked';
import { LoadGenerator } from './load';
import type { LoadOutcome, LoadRequest } from './load-plan';
import { compare, type Result } from './result';
import { Redis } from 'ioredis';
import type { Run } from './run';
import { takeTurns } from './statistics';

const CONNECTIONS = 32;
const KEY = 'bench:answer';

interface Contenders {
  api: RunningServer;
  /** The same with LOG_LEVEL=warn: tells what the log line of each request costs. Has no aim. */
  quiet: RunningServer;
  bare: RunningServer;
}

/** What the API is asked for, against one GET in Redis that answers with as many bytes and writes no log. */
export async function measureRequests(run: Run): Promise<void> {
  await createMigrated(run, 'requests');
  const api = await startApi(run, 'requests');
  const quiet = await startApi(run, 'requests', { LOG_LEVEL: 'warn' });
  await whenReady(api);
  await whenReady(quiet);
  const requests = await asked.requests(api.url, CONNECTIONS);
  await keepAnswer(run, api.url, requests);
  const bare = await startBareFastify(run, { path: requests[0]?.path ?? '/', key: KEY });
  const load = await run.started.start(() => LoadGenerator.start());
  const outcomes = await race(run, load, { api, quiet, bare }, requests);
  for (const part of [load, api.program, quiet.program, bare.program]) await part.stop();
  run.results.push(...results(outcomes));
}

/** For the baseline, so that it sends as much. */
async function keepAnswer(run: Run, url: string, [request]: LoadRequest[]): Promise<void> {
  const headers = { authorization: `Bearer ${request?.token ?? ''}` };
  const answer = await fetch(url + (request?.path ?? ''), { headers });
  const redis = new Redis((await run.servers()).redisUrl);
  try {
    await redis.set(KEY, await answer.text());
  } finally {
    redis.disconnect();
  }
}

async function race(run: Run, load: LoadGenerator, contenders: Contenders, requests: LoadRequest[]) {
  const send = ({ url }: RunningServer, durationMs: number) =>
    load.send({ kind: 'closed', url, connections: CONNECTIONS, durationMs, requests });
  run.progress('Warming up');
  for (const server of Object.values(contenders) as RunningServer[]) await send(server, run.size(3000, 300));
  const rounds = run.size(5, 1);
  const windowMs = run.size(4000, 500);
  const turn = (server: RunningServer, name: string) => (round: number) => {
    run.progress(`Round ${round} of ${rounds}: ${name}`);
    return send(server, windowMs);
  };
  return takeTurns(rounds, {
    api: turn(contenders.api, 'API'),
    bare: turn(contenders.bare, 'bare Fastify'),
    quiet: turn(contenders.quiet, 'API that logs warnings only'),
  });
}

function results({ api, quiet, bare }: Record<keyof Contenders, LoadOutcome[]>): Result[] {
  const rates = (outcomes: LoadOutcome[]) => outcomes.map((outcome) => outcome.requestsPerSecond);
  const p99s = (outcomes: LoadOutcome[]) => outcomes.map((outcome) => outcome.p99Ms);
  const half = { of: 'ratio', bound: 'at least', value: 0.5 } as const;
  const triple = { of: 'ratio', bound: 'below', value: 3 } as const;
  const what = `${asked.route} (baseline: Fastify + Redis GET)`;
  return [
    compare({ what, unit: '1/s', measured: rates(api), baseline: rates(bare), aim: half }),
    compare({ what: 'its p99', unit: 'ms', measured: p99s(api), baseline: p99s(bare), aim: triple }),
    compare({ what: 'without its log line', unit: '1/s', measured: rates(quiet), baseline: rates(bare) }),
  ];
}
