import { createServer } from 'node:http';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { signIn } from './accounts';
import { createMigrated, startApi, whenReady } from './apps';
import { LoadGenerator } from './load';
import { Run } from './run';
import { median, takeTurns } from './statistics';

const controller = new AbortController();
const run = new Run({ quick: false }, controller.signal, (text) => console.log(text));
const only = (process.argv[2] ?? 'off,r005,r1').split(',');
const rounds = Number(process.argv[3] ?? 7);
let bytes = 0;
let posts = 0;
const sink = createServer((request, response) => {
  posts += 1;
  request.on('data', (chunk: Buffer) => (bytes += chunk.length));
  request.on('end', () => response.writeHead(200, { 'content-type': 'application/x-protobuf' }).end());
}).listen(0, '127.0.0.1');
async function main() {
await once(sink, 'listening');
const url = `http://127.0.0.1:${(sink.address() as { port: number }).port}`;
const variants: Record<string, NodeJS.ProcessEnv> = {
  off: {},
  off2: {},
  r0: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0' },
  r005: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.05' },
  r1: { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '1' },
};
try {
  await createMigrated(run, 'requests');
  const load = await run.started.start(() => LoadGenerator.start());
  const turns: Record<string, (round: number) => Promise<number>> = {};
  const p99: Record<string, number[]> = {};
  const cpu: Record<string, number[]> = {};
  let requests: Awaited<ReturnType<typeof signIn>> | undefined;
  for (const name of only) {
    const api = await startApi(run, 'requests', { ...variants[name], ...(process.env['PROF'] && { NODE_OPTIONS: '' }) });
    await whenReady(api);
    requests ??= await signIn(api.url, 32);
    const list = requests;
    const send = (durationMs: number) => load.send({ kind: 'closed', url: api.url, connections: 32, durationMs, requests: list });
    await send(3000);
    p99[name] = [];
    cpu[name] = [];
    const pid = (api.program as unknown as { child: { pid: number } }).child.pid;
    const ticks = () => { const f = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' '); return Number(f[11]) + Number(f[12]); };
    turns[name] = async () => {
      const before = ticks();
      const outcome = await send(3000);
      cpu[name]!.push(((ticks() - before) * 10_000) / (outcome.requestsPerSecond * 3));
      p99[name]?.push(outcome.p99Ms);
      return outcome.requestsPerSecond;
    };
  }
  const outcomes = await takeTurns(rounds, turns);
  const base = median(outcomes[only[0] ?? ''] ?? []);
  for (const [name, samples] of Object.entries(outcomes))
    console.log(name, Math.round(median(samples)), (median(samples) / base).toFixed(3), 'p99', median(p99[name] ?? []), 'cpu us/request', median(cpu[name] ?? []).toFixed(1), 'min', Math.min(...(cpu[name] ?? [])).toFixed(1), cpu[name]!.map((x) => x.toFixed(0)).join(' '), '|', samples.map(Math.round).join(' '));
  console.log({ posts, bytes });
} finally {
  await run.end();
  sink.close();
}
process.exit();
}
void main();
