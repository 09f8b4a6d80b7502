import { OtlpReceiver, ReceivedSpan, waitFor } from '@kubernest/testing';
import { once } from 'node:events';
import { connect } from 'node:net';
import { FixtureProcess, killRunning } from '../test-fixtures/fixture-process';

const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
const traceparent = (flags: '00' | '01', { traceId, spanId } = CALLER) => `00-${traceId}-${spanId}-${flags}`;
/** 32 hexadecimal digits, not all of them zero. */
const traceOf = (number: number) => number.toString(16).padStart(32, 'a');

let receiver: OtlpReceiver;
let fixture: FixtureProcess;
let url: string;
beforeAll(async () => {
  receiver = await OtlpReceiver.start();
});
afterAll(async () => {
  killRunning();
  await receiver.stop();
});

async function serve(env: Record<string, string> = {}): Promise<void> {
  fixture = await FixtureProcess.serve({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: '20',
    ...env,
  });
  url = await fixture.url();
}

/** Asks as part of a trace of its own. */
function ask(trace: number, path: string, flags: '00' | '01' = '01', init: RequestInit = {}) {
  const parent = { traceId: traceOf(trace), spanId: CALLER.spanId };
  return fetch(url + path, { ...init, headers: { traceparent: traceparent(flags, parent) } });
}

/** The spans of that trace, once there are so many. */
async function received(trace: number, count = 1): Promise<ReceivedSpan[]> {
  const message = `${count} spans of trace ${trace}`;
  await waitFor(() => receiver.trace(traceOf(trace)).length >= count, { timeoutMs: 10_000, message });
  return receiver.trace(traceOf(trace));
}

describe('a request', () => {
  beforeAll(() => serve({ LOG_LEVEL: 'debug', APP_VERSION: '1.5.2' }));
  afterAll(async () => expect(await fixture.stop()).toBe(0));

  test('is a span in the trace of its caller, by its route, without query or header fields', async () => {
    await ask(1, '/items/7?token=hunter2');
    expect(await received(1)).toEqual([
      {
        traceId: traceOf(1),
        spanId: expect.stringMatching(/^[\da-f]{16}$/),
        parentSpanId: CALLER.spanId,
        name: 'GET /items/:id',
        kind: 'server',
        attributes: {
          'http.request.method': 'GET',
          'http.route': '/items/:id',
          'http.response.status_code': 200,
          'url.path': '/items/7',
          'url.scheme': 'http',
        },
        failed: false,
        durationMs: expect.any(Number),
        resource: expect.objectContaining({
          'service.name': 'fixture',
          'service.version': '1.5.2',
          'telemetry.sdk.language': 'nodejs',
        }),
      },
    ]);
    expect(receiver.spans[0]?.durationMs).toBeGreaterThan(0);
  });

  test.each([
    ['without a caller’s trace', undefined],
    ['with one that cannot be read', 'hunter2'],
    ['with one of no trace', traceparent('01', { traceId: '0'.repeat(32), spanId: CALLER.spanId })],
  ])('begins a trace %s', async (_, header) => {
    const before = receiver.spans.length;
    await fetch(`${url}/items/8`, header === undefined ? {} : { headers: { traceparent: header } });
    await waitFor(() => receiver.spans.length > before, { timeoutMs: 10_000, message: 'the span' });
    expect(receiver.spans.at(-1)).toMatchObject({ name: 'GET /items/:id', parentSpanId: undefined });
  });

  test('has the ids of its span on every line of its log, also on its own', async () => {
    await ask(2, '/items/9');
    const [span] = await received(2);
    const lines = fixture.lines().filter((line) => line['trace_id'] === traceOf(2));
    expect(lines.map(({ msg }) => msg)).toEqual(['at work', 'still at work', 'request']);
    expect(new Set(lines.map((line) => line['span_id']))).toEqual(new Set([span?.spanId]));
  });

  test('keeps its ids apart from those of others at the same time', async () => {
    const traces = Array.from({ length: 30 }, (_, index) => 100 + index);
    await Promise.all(traces.map((trace) => ask(trace, '/items/10')));
    for (const trace of traces) {
      await received(trace);
      const lines = fixture.lines().filter((line) => line['trace_id'] === traceOf(trace));
      expect(lines.map(({ msg }) => msg)).toEqual(['at work', 'still at work', 'request']);
    }
  });

  test('that the server failed is a failure', async () => {
    await ask(3, '/failing');
    const [span] = await received(3);
    expect(span).toMatchObject({
      failed: true,
      attributes: { 'http.response.status_code': 500, 'error.type': '500' },
    });
  });

  test('of no route is called by its method, and is the client’s own failure', async () => {
    await ask(4, '/none', '01', { method: 'DELETE' });
    const [span] = await received(4);
    expect(span).toMatchObject({ name: 'DELETE', failed: false });
    expect(span?.attributes).toMatchObject({ 'url.path': '/none', 'http.response.status_code': 404 });
    expect(span?.attributes).not.toHaveProperty('http.route');
  });

  test('by a method that hardly anybody knows shares the name of those', async () => {
    await ask(5, '/none', '01', { method: 'PROPFIND' });
    const [span] = await received(5);
    expect(span).toMatchObject({
      name: 'HTTP',
      attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND' },
    });
  });

  test('whose client has gone ends, without a status', async () => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1' });
    await once(socket, 'connect');
    const parent = traceparent('01', { traceId: traceOf(6), spanId: CALLER.spanId });
    socket.write(`GET /slow HTTP/1.1\r\nHost: x\r\nTraceparent: ${parent}\r\n\r\n`);
    setTimeout(() => socket.destroy(), 50);
    const [span] = await received(6);
    expect(span?.attributes).toMatchObject({ 'error.type': 'client_closed_request' });
    expect(span?.attributes).not.toHaveProperty('http.response.status_code');
  });

  test('has its calls and its work below it, and nothing of what a failure says', async () => {
    const { carrier } = (await (await ask(7, '/calls')).json()) as { carrier: { traceparent: string } };
    const spans = await received(7, 4);
    const [server, select, get, work] = ['GET /calls', 'SELECT', 'GET', 'work'].map((wanted) =>
      spans.find(({ name }) => name === wanted),
    );
    expect(new Set([select, get, work].map((span) => span?.parentSpanId))).toEqual(new Set([server?.spanId]));
    expect(select).toMatchObject({
      kind: 'client',
      failed: false,
      attributes: { 'db.system.name': 'fixture', 'db.operation.name': 'SELECT' },
    });
    expect(get).toMatchObject({ failed: true, attributes: { 'error.type': 'ECONNRESET' } });
    expect(carrier).toEqual({ traceparent: `00-${traceOf(7)}-${work?.spanId ?? ''}-01` });
    expect(JSON.stringify(spans)).not.toContain('hunter2');
  });

  test('is no span when it is a probe', async () => {
    await ask(8, '/health/live');
    await ask(9, '/items/11');
    await received(9);
    expect(receiver.trace(traceOf(8))).toEqual([]);
  });

  test('that its caller does not record is not recorded, and neither are its calls; its lines have ids', async () => {
    const { carrier } = (await (await ask(10, '/calls', '00')).json()) as {
      carrier: { traceparent: string };
    };
    await ask(11, '/items/12');
    await received(11);
    expect(receiver.trace(traceOf(10))).toEqual([]);
    expect(carrier.traceparent).toMatch(new RegExp(`^00-${traceOf(10)}-[\\da-f]{16}-00$`));
    await fixture.line('request', (line) => line['trace_id'] === traceOf(10));
  });
});

describe('the variables', () => {
  test.each([
    ['always_off', '1', []],
    ['always_on', '1', ['GET /items/:id', 'GET /calls', 'GET', 'SELECT', 'work']],
    ['traceidratio', '0', []],
    ['parentbased_always_off', '1', ['GET /items/:id']],
  ])('OTEL_TRACES_SAMPLER=%s by %s records %j', async (sampler, ratio, names) => {
    await serve({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio });
    const before = receiver.spans.length;
    await ask(20, '/items/1');
    await fetch(`${url}/calls`);
    expect(await fixture.stop()).toBe(0);
    const since = receiver.spans.slice(before).map(({ name }) => name);
    expect(since.sort()).toEqual(names.toSorted());
  });

  test('that record no trace that begins here leave it its ids, on its lines and for who goes on with it', async () => {
    await serve({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
    const { carrier } = (await (await fetch(`${url}/calls`)).json()) as { carrier: { traceparent: string } };
    const [, trace] = /^00-([\da-f]{32})-[\da-f]{16}-00$/.exec(carrier.traceparent) ?? [];
    const { span_id: span } = await fixture.line('request', (line) => line['trace_id'] === trace);
    expect(span).toMatch(/^[\da-f]{16}$/);
    expect(await fixture.line('calling')).toMatchObject({ trace_id: trace, span_id: span });
    expect(await fixture.stop()).toBe(0);
  });

  test('name the process and its place, and give header fields', async () => {
    await serve({
      OTEL_SERVICE_NAME: 'shop',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=ignored,service.version=1.5.3,k8s.pod.name=pod%201',
      OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer%20hunter2',
    });
    await ask(21, '/items/1');
    const [span] = await received(21);
    expect(span?.resource).toMatchObject({
      'service.name': 'shop',
      'service.version': '1.5.3',
      'k8s.pod.name': 'pod 1',
    });
    expect(receiver.headers.at(-1)).toMatchObject({ authorization: 'Bearer hunter2' });
    expect(await fixture.stop()).toBe(0);
    expect(fixture.output).not.toContain('hunter2');
  });

  test('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is the whole address, and takes precedence', async () => {
    await serve({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/v1/traces`,
    });
    await ask(22, '/items/1');
    await received(22);
    expect(await fixture.stop()).toBe(0);
  });

  test.each([
    ['no endpoint is given', { OTEL_EXPORTER_OTLP_ENDPOINT: '' }],
    ['OTEL_SDK_DISABLED says so', { OTEL_SDK_DISABLED: 'true' }],
  ])('turn traces off when %s', async (_, env) => {
    await serve(env);
    const before = receiver.requests;
    expect(await (await ask(23, '/calls')).json()).toEqual({});
    const line = await fixture.line('request');
    expect(line).not.toHaveProperty('trace_id');
    expect(await fixture.stop()).toBe(0);
    expect(receiver.requests).toBe(before);
  });

  test('that are wrong end the process with 78, by name', async () => {
    const wrong = {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'collector-value:4317',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc-value',
      OTEL_EXPORTER_OTLP_HEADERS: 'no-value',
      OTEL_RESOURCE_ATTRIBUTES: 'a=%zz-value',
      OTEL_TRACES_SAMPLER: 'often-value',
      OTEL_TRACES_SAMPLER_ARG: '1.5',
      OTEL_SDK_DISABLED: 'yes-value',
    };
    const broken = FixtureProcess.launch('serve', wrong);
    expect(await broken.exit).toBe(78);
    for (const name of Object.keys(wrong)) expect(broken.output).toContain(`${name} must be`);
    expect(broken.output).not.toContain('-value');
  });
});

describe('a shutdown', () => {
  test('sends the spans of the last requests', async () => {
    await serve({ OTEL_BSP_SCHEDULE_DELAY: '60000' });
    await ask(30, '/items/1');
    const last = ask(31, '/calls');
    await fixture.line('calling');
    expect(await fixture.stop()).toBe(0);
    expect((await last).status).toBe(200);
    expect(receiver.trace(traceOf(30))).toHaveLength(1);
    expect(receiver.trace(traceOf(31))).toHaveLength(4);
  });
});

describe('a collector', () => {
  const AWAY = 'traces cannot be sent to the collector';
  const UNSENT = 'the last traces were not sent';
  const lines = (part: string) => fixture.lines().filter(({ msg }) => msg.startsWith(part));
  let collector: OtlpReceiver;
  beforeEach(async () => {
    collector = await OtlpReceiver.start();
  });

  const askOften = async (count: number) => {
    for (let index = 0; index < count; index++) expect((await ask(40, '/items/1')).status).toBe(200);
  };

  test('that is away is worth one line, and costs neither requests nor the shutdown', async () => {
    const { url: away } = collector;
    await collector.stop();
    await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: away, OTEL_EXPORTER_OTLP_TIMEOUT: '50' });
    await askOften(5);
    await fixture.line(AWAY);
    await askOften(20);
    await ask(41, '/slow');
    expect(await fixture.stop()).toBe(0);
    expect(lines(AWAY)).toEqual([expect.objectContaining({ level: 'warn', reason: 'ECONNREFUSED' })]);
    expect(lines(UNSENT).length).toBeLessThanOrEqual(1);
  });

  test('that is back is told of', async () => {
    const { url: away } = collector;
    await collector.stop();
    await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: away, OTEL_EXPORTER_OTLP_TIMEOUT: '50' });
    await askOften(1);
    await fixture.line(AWAY);
    collector = await OtlpReceiver.start(Number(new URL(away).port));
    await waitFor(
      async () => {
        await askOften(1);
        return collector.spans.length > 0;
      },
      { timeoutMs: 10_000, message: 'spans at the collector that is back' },
    );
    expect(await fixture.line('traces are sent again')).toMatchObject({ lost: expect.any(Number) });
    expect(await fixture.stop()).toBe(0);
    await collector.stop();
  });

  test('that never answers delays neither a request nor the shutdown beyond its time', async () => {
    collector.hangs = true;
    await serve({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, SHUTDOWN_TIMEOUT_MS: '3000' });
    await askOften(5);
    await waitFor(() => collector.requests > 0, { timeoutMs: 10_000, message: 'the first spans' });
    await askOften(5);
    expect(await fixture.stop()).toBe(0);
    expect(lines(UNSENT)).toHaveLength(1);
    expect(lines('shutdown: complete')).toHaveLength(1);
    await collector.stop();
  });
});
