import fc from 'fast-check';
import { fuzzedSessions } from './sessions/fuzzed-sessions';
import { ApiDescription, problemFaults } from './support/api-description';
import { Environment, freshEnvironment } from './support/environment';
import { FuzzClient, type FuzzedFeature } from './support/fuzz-client';
import { fuzz, fuzzRun } from './support/fuzz-run';
import { fuzzedRequest, type Known } from './support/fuzzed-request';
import { CANARY } from './support/hostile-values';
import { readAnswer } from './support/http-answer';
import { leaks } from './support/leaks';
import { COUNTABLE_SOCKETS, expectNoLeakedSocket } from './support/leaked-sockets';
import { DEADLINE_MS, RawConnection } from './support/raw-connection';
import { killRunning, RunningApp } from './support/running-app';

const features: FuzzedFeature[] = [fuzzedSessions];

let environment: Environment;
let api: RunningApp;
let description: ApiDescription;
beforeAll(async () => {
  process.stdout.write(`Fuzzing with FUZZ_RUNS=${fuzzRun.runs(1)} FUZZ_SEED=${fuzzRun.seed}\n`);
  environment = await freshEnvironment({
    LOG_LEVEL: 'debug',
    HTTP_REQUEST_TIMEOUT_MS: '2000',
    // A busy machine may be slow to tell, and without features a third of the requests asks.
    READINESS_TIMEOUT_MS: '10000',
    ...COUNTABLE_SOCKETS,
    ...(Object.assign({}, ...features.map(({ settings }) => settings)) as NodeJS.ProcessEnv),
  });
  api = await (await RunningApp.start('api', environment.env)).ready();
  description = await ApiDescription.of(api);
});
afterAll(async () => {
  await killRunning();
  await environment.close();
});

/** The 5xx, crashes and leaks that no answer shows. */
async function expectAHealthyApp(): Promise<void> {
  expect(await api.probe('live')).toBe(200);
  expect(await api.probe('ready')).toBe(200);
  expect(api.logs.filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
}

describe('the api, when fuzzed,', () => {
  test(
    'answers every request to every route as its OpenAPI document says, never with a 5xx, always in time',
    async () => {
      const begun = await Promise.all(features.map(({ begin }) => begin(api, environment)));
      const bearer = begun.map((each) => each.bearer).find(Boolean);
      const client = new FuzzClient(api, description, bearer);
      const known = Object.assign({}, ...begun.map((each) => each.known)) as Known;
      const ids = [...(known['id'] ?? []), ...(await client.makeOneOfEach())];
      const requests = description.routes.map((route) => fuzzedRequest(route, { ...known, id: ids }));
      await fuzz(fc.oneof(...requests), fuzzRun.runs(1), async (request) =>
        expect(await client.faults(request)).toEqual([]),
      );
      client.close();
      await expectAHealthyApp();
      // Or the fuzzing would get no further than the first check. A short run may miss one.
      if (fuzzRun.path === undefined && fuzzRun.runs(1) >= 3_000) expect(client.withoutSuccess()).toEqual([]);
    },
    fuzzRun.timeoutMs,
  );

  test(
    'answers bytes that are hardly HTTP any more with a problem, or closes the connection, always in time',
    async () => {
      await fuzz(hardlyHttp, fuzzRun.runs(1 / 10), async (bytes) => {
        const connection = await RawConnection.open(api.port);
        connection.send(bytes);
        connection.finish();
        await connection.untilClosed(DEADLINE_MS);
        expect(faultsOf(Buffer.from(connection.unread, 'latin1'))).toEqual([]);
      });
      await expectAHealthyApp();
    },
    fuzzRun.timeoutMs,
  );

  test('keeps no connection, and logs nothing of what it was sent', async () => {
    await expectNoLeakedSocket(api);
    const secrets = features.flatMap((feature) => feature.secrets(environment));
    expect(leaks(api.output, [CANARY, ...secrets])).toEqual([]);
  });

  test('has no metric that clients can multiply', async () => {
    const text = await (await fetch(`http://127.0.0.1:${api.metricsPort}/metrics`)).text();
    const series = text.split('\n').filter((line) => line.startsWith('http_requests_total{'));
    const routes = new Set(series.map((line) => /route="([^"]*)"/.exec(line)?.[1]));
    const templates = description.routes.map(({ path }) => path.replaceAll(/\{(\w+)\}/g, ':$1'));
    const served = [...templates, 'unmatched', '/openapi.json', '/docs'];
    expect([...routes].filter((route) => !served.includes(route ?? ''))).toEqual([]);
  });
});

const SEEDS = [
  'GET /openapi.json?limit=5 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a.b.c\r\n\r\n',
  'POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nA: b\r\n\r\n',
  'DELETE /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n',
];
const junk = fc.oneof(
  fc.constantFrom(
    '\r',
    '\n',
    '\0',
    ' ',
    ':',
    '\r\n',
    '\r\n\r\n',
    'Content-Length: 5\r\n',
    'Transfer-Encoding: chunked\r\n',
  ),
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
/** A request with a few places overwritten, cut out or filled up. */
const hardlyHttp = fc
  .tuple(
    fc.constantFrom(...SEEDS),
    fc.array(fc.tuple(fc.nat(300), fc.nat(6), junk), { minLength: 1, maxLength: 4 }),
  )
  .map(([seed, edits]) =>
    edits.reduce((text, [at, removed, added]) => text.slice(0, at) + added + text.slice(at + removed), seed),
  );

/** Of everything that came on a connection: whole answers only, and each error a problem. */
function faultsOf(bytes: Buffer): string[] {
  if (bytes.length === 0) return [];
  const read = readAnswer(bytes, 'GET', true);
  if (!read) return [`half an answer: ${JSON.stringify(bytes.toString('latin1'))}`];
  const { answer, length } = read;
  const faults = answer.status >= 400 ? problemFaults(answer) : [];
  return [...faults, ...faultsOf(bytes.subarray(length))];
}
