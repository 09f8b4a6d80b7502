import { createMigrated, startApi, startCollector, whenReady, type RunningServer } from './apps';
import { asked } from './asked';
import { LoadGenerator } from './load';
import type { LoadRequest } from './load-plan';
import { compare, type Aim, type Result } from './result';
import type { Run } from './run';
import { takeTurns } from './statistics';

const CONNECTIONS = 32;
/** As components/tracing sets it. */
const SAMPLED = 0.05;
const AIM: Aim = { of: 'ratio', bound: 'at least', value: 0.85 };

const NO_LOG = { LOG_LEVEL: 'silent' };
const NO_METRICS = { METRICS_ENABLED: 'false' };

/** The same API, each with its part of the observability. */
function contenders(collector: string) {
  const traces = (sampled: number) => ({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector,
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: String(sampled),
  });
  return {
    off: { ...NO_LOG, ...NO_METRICS },
    logs: NO_METRICS,
    metrics: NO_LOG,
    fewTraces: { ...NO_LOG, ...NO_METRICS, ...traces(SAMPLED) },
    allTraces: { ...NO_LOG, ...NO_METRICS, ...traces(1) },
    on: traces(SAMPLED),
  };
}

/** Of one window. */
interface Sample {
  requestsPerSecond: number;
  /** What the API's own process used; unlike the other, hardly touched by what else the machine does. */
  cpuMicroseconds: number;
}

type Name = keyof ReturnType<typeof contenders>;

const TITLES: Record<Exclude<Name, 'off'>, string> = {
  logs: `${asked.route}, logs only (baseline: nothing observed)`,
  metrics: 'metrics only',
  fewTraces: `traces only, of which ${SAMPLED} are recorded`,
  allTraces: 'traces only, all recorded',
  on: `logs, metrics, and traces at ${SAMPLED}`,
};

/**
 * What the API is asked for, by one that observes itself in several ways, against one that does in none. Each is started several times:
 * two processes of the same code differ by up to a tenth, by how V8 came to compile them.
 */
export async function measureObservability(run: Run): Promise<void> {
  await createMigrated(run, 'observability');
  const collector = await startCollector(run);
  const load = await run.started.start(() => LoadGenerator.start());
  const outcomes: Record<Name, Sample[]>[] = [];
  const starts = run.size(4, 1);
  for (let start = 1; start <= starts; start++) {
    const servers = await startContenders(run, collector.url);
    outcomes.push(await race({ run, load, servers, title: `Start ${start} of ${starts}` }));
    for (const { program } of Object.values(servers)) await program.stop();
  }
  await load.stop();
  const batches = Number(await (await fetch(collector.url)).text());
  await collector.program.stop();
  if (batches === 0)
    throw new Error('No span has come to the collector: the figures are about something else');
  run.results.push(...results((name) => outcomes.flatMap((samples) => samples[name])));
}

async function startContenders(run: Run, collector: string): Promise<Record<Name, RunningServer>> {
  const servers = {} as Record<Name, RunningServer>;
  for (const [name, env] of Object.entries(contenders(collector)))
    servers[name as Name] = await startApi(run, 'observability', env);
  for (const server of Object.values(servers)) await whenReady(server);
  return servers;
}

interface Race {
  run: Run;
  load: LoadGenerator;
  servers: Record<Name, RunningServer>;
  title: string;
}

async function race({ run, load, servers, title }: Race): Promise<Record<Name, Sample[]>> {
  const names = Object.keys(servers) as Name[];
  let requests: LoadRequest[] = [];
  // Of all of them, though those of one would do: how fast V8 makes a process depends on what else that has done.
  for (const name of names) requests = await asked.requests(servers[name].url, CONNECTIONS);
  const send = async (name: Name, durationMs: number): Promise<Sample> => {
    const { url, program } = servers[name];
    const beforeMs = program.cpuMs();
    const plan = { kind: 'closed', url, connections: CONNECTIONS, durationMs, requests } as const;
    const { requestsPerSecond, answered } = await load.send(plan);
    return { requestsPerSecond, cpuMicroseconds: ((program.cpuMs() - beforeMs) / answered) * 1000 };
  };
  run.progress(`${title}: warming up`);
  for (const name of names) await send(name, run.size(4000, 300));
  const turn = (name: Name) => (round: number) => {
    run.progress(`${title}, round ${round}: ${name}`);
    return send(name, run.size(3000, 500));
  };
  const turns = Object.fromEntries(names.map((name) => [name, turn(name)]));
  return takeTurns(run.size(2, 1), turns as Record<Name, ReturnType<typeof turn>>);
}

function results(samples: (name: Name) => Sample[]): Result[] {
  const rates = (name: Name) => samples(name).map((sample) => sample.requestsPerSecond);
  const costs = (name: Name) => samples(name).map((sample) => sample.cpuMicroseconds);
  const names = Object.keys(TITLES) as (keyof typeof TITLES)[];
  return names.flatMap((name) => [
    compare({
      what: TITLES[name],
      unit: '1/s',
      measured: rates(name),
      baseline: rates('off'),
      ...(name === 'on' && { aim: AIM }),
    }),
    compare({
      what: 'its processor time per request',
      unit: 'us',
      measured: costs(name),
      baseline: costs('off'),
    }),
  ]);
}
