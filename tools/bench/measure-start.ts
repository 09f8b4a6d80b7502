import { setTimeout as wait } from 'node:timers/promises';
import { createMigrated, startApi, startBareFastify, whenReady, type RunningServer } from './apps';
import { asked } from './asked';
import { LoadGenerator } from './load';
import type { LoadRequest } from './load-plan';
import { compare } from './result';
import type { Run } from './run';
import { takeTurns } from './statistics';

const CONNECTIONS = 32;
const SAMPLE_MS = 100;
const LIVE = '/health/live';

/** From exec to the first 200, and the memory that is then resident: idle, and under load. */
export async function measureStart(run: Run): Promise<void> {
  await createMigrated(run, 'start');
  const starts = await takeTurns(run.size(9, 2), {
    measured: () => timeStart(() => startApi(run, 'start')),
    baseline: () => timeStart(() => startBareFastify(run)),
  });
  const aim = { of: 'measured', bound: 'at most', value: 500 } as const;
  const what = 'exec to first 200 (baseline: bare Fastify)';
  run.results.push(compare({ what, unit: 'ms', ...starts, aim }));
  await measureMemory(run);
}

async function timeStart(start: () => Promise<RunningServer>): Promise<number> {
  const server = await start();
  await server.program.stop();
  return server.firstAnswerMs;
}

async function measureMemory(run: Run): Promise<void> {
  const api = await startApi(run, 'start');
  const bare = await startBareFastify(run);
  await whenReady(api);
  const idleMs = run.size(4000, 200);
  run.progress(`Letting both be idle for ${idleMs / 1000} s`);
  await wait(idleMs);
  const idle = { measured: [api.program.residentMb()], baseline: [bare.program.residentMb()] };
  const load = await run.started.start(() => LoadGenerator.start());
  const loaded = {
    measured: await residentUnderLoad(run, load, api, await asked.requests(api.url, CONNECTIONS)),
    baseline: await residentUnderLoad(run, load, bare, [{ path: LIVE, token: '' }]),
  };
  for (const part of [load, api.program, bare.program]) await part.stop();
  const aim = { of: 'measured', bound: 'below', value: 110 } as const;
  run.results.push(
    compare({ what: 'resident memory, idle', unit: 'MB', ...idle, aim }),
    compare({ what: 'resident memory, most under load', unit: 'MB', ...loaded }),
  );
}

async function residentUnderLoad(
  run: Run,
  load: LoadGenerator,
  { program, url }: RunningServer,
  requests: LoadRequest[],
): Promise<number[]> {
  const samples: number[] = [];
  const sampling = setInterval(() => samples.push(program.residentMb()), SAMPLE_MS);
  const durationMs = run.size(5000, 500);
  try {
    await load.send({ kind: 'closed', url, connections: CONNECTIONS, durationMs, requests });
  } finally {
    clearInterval(sampling);
  }
  return [Math.max(...samples)];
}
