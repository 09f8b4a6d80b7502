import {
  OtlpReceiver,
  ReceivedSpan,
  TestDatabase,
  testDatabase,
  testRedis,
  waitFor,
} from '@kubernest/testing';
import { Client } from 'pg';
import { CREATE_EFFECT, effectsQueue } from '../test-fixtures/effects-queue';
import { buildFixture, EffectsWorker } from '../test-fixtures/effects-worker';

const running = new Set<EffectsWorker>();
const CALLER = 'b7ad6b7169203331';
const traceOf = (number: number) => number.toString(16).padStart(32, 'b');

let receiver: OtlpReceiver;
let database: TestDatabase;
let sender: EffectsWorker;
let worker: EffectsWorker;

beforeAll(async () => {
  const files = await Promise.all([buildFixture('sender'), buildFixture('worker')]);
  receiver = await OtlpReceiver.start();
  database = await testDatabase();
  const client = new Client({ connectionString: database.url });
  await client.connect();
  await client.query(CREATE_EFFECT);
  await client.end();
  const { url, prefix } = testRedis();
  const env = {
    NODE_ENV: 'test',
    HOST: '127.0.0.1',
    PORT: '0',
    METRICS_PORT: '0',
    SHUTDOWN_DRAIN_MS: '0',
    DATABASE_URL: database.url,
    REDIS_URL: url,
    REDIS_KEY_PREFIX: prefix,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: '20',
  };
  [sender, worker] = files.map((file) => EffectsWorker.launch(file, env, running)) as [
    EffectsWorker,
    EffectsWorker,
  ];
  await Promise.all([sender.ready(), worker.ready()]);
}, 60_000);

afterAll(async () => {
  await Promise.all([...running].map((process) => process.stop('SIGKILL')));
  await database.drop();
  await receiver.stop();
});

const urlOf = (process: EffectsWorker) => process.lines().find(({ msg }) => msg === 'started')?.url ?? '';

async function send(trace: number, jobId: string, flags = '01', effect: object = {}): Promise<void> {
  const response = await fetch(`${urlOf(sender)}/effects`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', traceparent: `00-${traceOf(trace)}-${CALLER}-${flags}` },
    body: JSON.stringify({ jobId, durationMs: 1, handsBack: false, ...effect }),
  });
  expect(response.status).toBe(201);
}

function lineOf(jobId: string, msg: string) {
  return waitFor(() => worker.lines().find((line) => line.msg === msg && line['jobId'] === jobId), {
    timeoutMs: 15_000,
    message: `"${msg}" of ${jobId}`,
  });
}

/** The spans of that trace, once those that are asked for are there. */
async function received(trace: number, ...names: string[]): Promise<ReceivedSpan[]> {
  const spans = () => receiver.trace(traceOf(trace));
  await waitFor(() => names.every((name) => spans().some((span) => span.name === name)), {
    timeoutMs: 15_000,
    message: `${names.join(', ')} of trace ${trace}`,
  });
  return names.map((name) => spans().find((span) => span.name === name) as ReceivedSpan);
}

const SERVER = 'POST /effects';
const SEND = `send ${effectsQueue.name}`;
const PROCESS = `process ${effectsQueue.name}`;

test('a request, the job that it adds, and what the worker does for that, are one trace', async () => {
  await send(1, 'traced');
  const [server, sent, command, processed, statement] = await received(
    1,
    SERVER,
    SEND,
    'evalsha',
    PROCESS,
    'INSERT',
  );
  const chain = [server, sent, processed, statement].map((span) => [span?.parentSpanId, span?.kind]);
  expect(chain).toEqual([
    [CALLER, 'server'],
    [server?.spanId, 'producer'],
    [sent?.spanId, 'consumer'],
    [processed?.spanId, 'client'],
  ]);
  expect(command).toMatchObject({ parentSpanId: sent?.spanId, attributes: { 'db.system.name': 'redis' } });
  expect(statement?.attributes).toEqual({ 'db.system.name': 'postgresql', 'db.operation.name': 'INSERT' });
  expect([server, sent, processed, statement].map((span) => span?.resource['service.name'])).toEqual([
    'sender',
    'sender',
    'effects',
    'effects',
  ]);
  expect(sent?.attributes).toEqual({
    'messaging.system': 'bullmq',
    'messaging.destination.name': 'effects',
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.message.id': 'traced',
  });
  expect(processed?.attributes).toMatchObject({
    'messaging.operation.name': 'process',
    'messaging.message.id': 'traced',
    'bullmq.job.attempts.made': 0,
  });
  expect(await lineOf('traced', 'job done')).toMatchObject({
    trace_id: traceOf(1),
    span_id: processed?.spanId,
  });
});

test('a job that fails is a failure in the trace of the request that added it, and in the log with its ids', async () => {
  await send(2, 'failing', '01', { fails: true });
  const [processed] = await received(2, PROCESS);
  expect(processed).toMatchObject({ failed: true, attributes: { 'error.type': 'TypeError' } });
  expect(await lineOf('failing', 'job failed')).toMatchObject({
    trace_id: traceOf(2),
    span_id: processed?.spanId,
  });
});

test('a job of a request that is not recorded is not recorded either; its lines have the ids', async () => {
  await send(3, 'unrecorded', '00');
  expect(await lineOf('unrecorded', 'job done')).toMatchObject({ trace_id: traceOf(3) });
  await send(4, 'recorded');
  await received(4, PROCESS);
  expect(receiver.trace(traceOf(3))).toEqual([]);
});

test('what nobody asked for, such as polls, probes and the search for stalled jobs, makes no trace', () => {
  const traces = new Set(receiver.spans.map(({ traceId }) => traceId));
  expect([...traces].filter((id) => !id.startsWith('bbbb'))).toEqual([]);
});
