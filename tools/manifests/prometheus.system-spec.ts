import { RunningServer, scratchFolder, startOwnPostgres, waitFor } from '@kubernest/testing';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { ruleFilesIn, rulesOf } from './alert-rules';
import { filledIn } from './asked-metrics';
import { renderCombination } from './combinations';
import { dashboardsIn, panelsOf } from './dashboards';
import { findRenderer } from './kustomize';
import { findObject, ofKind } from './objects';
import { renderOverlay } from './overlays';
import { adapterRules, queriesOf } from './prometheus-adapter';
import { PrometheusServer, Sample, ScrapeJob } from './prometheus-server.fixture';
import type { Rendered } from './rendered';
import type { ServedDeployment } from './served-deployment.fixture';
import { ServedProcesses } from './served-processes.fixture';
import { SteadyRequests } from './steady-requests.fixture';

/*
 * A real Prometheus scrapes the built API and worker while requests are sent, until Postgres is stopped. The tests are one after the
 * other: the later ones ask for what was sent, and failed, before.
 */

const LIMIT_MS = 300_000;
const PATIENTLY = { timeoutMs: LIMIT_MS, intervalMs: 250 };
const PER_SECOND = 20;
/** That of the queries by which the API is scaled. */
const WINDOW_MS = 120_000;

let rendered: Rendered;
let postgres: RunningServer;
let served: ServedProcesses;
let prometheus: PrometheusServer;
let requests: SteadyRequests;
let probes: SteadyRequests;

beforeAll(async () => {
  const renderer = await findRenderer();
  const names = ['keda', 'prometheus', 'requests-per-second', 'prometheus-rules', 'grafana-dashboards'];
  rendered = await renderCombination(names, { renderer, scratch: scratchFolder() });
  postgres = await startOwnPostgres({ dataDir: join(scratchFolder(), 'postgres') });
  const settings = { DATABASE_URL: postgres.url, SESSION_CLEANUP_SCHEDULE: '*/5 * * * * *' };
  served = await ServedProcesses.start(await renderOverlay('prod', renderer), settings);
  prometheus = await PrometheusServer.start(scratchFolder(), ruleFilesIn(rendered.objects), scrapeJobs());
  const token = await signIn();
  requests = new SteadyRequests(PER_SECOND, () => whoAmI(token));
  probes = new SteadyRequests(4, () => Promise.all([served.api, served.worker].map(askProbe)));
}, LIMIT_MS);

afterAll(async () => {
  await Promise.all([requests.stop(), probes.stop()]);
  await Promise.all([prometheus.stop(), served.stop()]);
  await postgres.stop();
}, LIMIT_MS);

/** As the PodMonitors say, and for the API as its annotations say, too: who follows both scrapes it twice. */
function scrapeJobs(): ScrapeJob[] {
  const deployments: Record<string, ServedDeployment> = { 'api-server': served.api, worker: served.worker };
  const target = (name: string, port: string | number | undefined) => ({
    url: deployments[name]?.url(port) ?? '',
    labels: { namespace: 'production', pod: `${name}-6f7c9-x2x4z` },
  });
  const monitored = ofKind(rendered.objects, 'PodMonitor').map(({ metadata: { name }, spec }) => {
    const [{ port, path = '/metrics' } = {}] = spec?.podMetricsEndpoints ?? [];
    return { job: `production/${name}`, path, ...target(name, port) };
  });
  const api = findObject(rendered.objects, 'Deployment', { name: 'api-server', namespace: 'production' });
  const annotations = api?.spec?.template?.metadata?.annotations ?? {};
  const annotated = target('api-server', Number(annotations['prometheus.io/port']));
  const path = annotations['prometheus.io/path'] ?? '';
  return [...monitored, { job: 'kubernetes-pods', path, ...annotated }];
}

async function signIn(): Promise<string> {
  const body = JSON.stringify({ email: 'ada@example.com', password: 'correct horse' });
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  await fetch(`${served.api.url('http')}/v1/accounts`, init);
  const response = await fetch(`${served.api.url('http')}/v1/sessions`, init);
  return ((await response.json()) as { token: string }).token;
}

async function whoAmI(token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  await (await fetch(`${served.api.url('http')}/v1/sessions/current`, { headers })).arrayBuffer();
}

async function askProbe(deployment: ServedDeployment): Promise<void> {
  await deployment.ask('readinessProbe');
}

/** What is true of a machine that is too busy to answer in time, as one that runs tests may be. */
const OF_A_BUSY_MACHINE = [
  'ApiErrorBudgetBurning',
  'ApiErrorsDuringRollout',
  'ApiLatencyBudgetBurning',
  'ReadinessFlapping',
  'DatabasePoolExhausted',
];
const FAILED = 'namespace:http_requests_failed:ratio_rate5m';
const othersThan = (names: string[]) =>
  `group by (alertname) (ALERTS{alertstate="firing",alertname!~"${names.join('|')}"})`;
const raised = (alert: string, more = '') => `ALERTS{alertname="${alert}"${more}}`;
const found = (query: string) => async (): Promise<Sample | undefined> => (await prometheus.query(query))[0];

test.each(['api', 'worker'] as const)('promtool has nothing to say of what the %s exports', async (name) => {
  const scraped = await (await fetch(`${served[name].url('metrics')}/metrics`)).text();
  const said = execFileSync('promtool', ['check', 'metrics'], { input: scraped, encoding: 'utf8' });
  expect(said).toBe('');
});

test(
  'the load of a pod, as the adapter and KEDA compute it, is the load that was sent, without probes',
  async () => {
    const message = 'the load to last for as long as the queries look back';
    await waitFor(() => requests.ranMs > WINDOW_MS + 10_000, { ...PATIENTLY, message });
    const atMs = Date.now();
    const sent = requests.rate(atMs - WINDOW_MS, atMs);
    const ofAdapter = adapterRules().map((rule) => queriesOf(rule).at(-1) ?? '');
    const ofKeda = ofKind(rendered.objects, 'ScaledObject')
      .flatMap(({ spec }) => spec?.triggers ?? [])
      .flatMap(({ metadata }) => (metadata as { query?: string }).query ?? []);
    expect([...ofAdapter, ...ofKeda]).toHaveLength(2);
    for (const query of [...ofAdapter, ...ofKeda]) {
      const samples = await prometheus.query(query, atMs);
      expect(samples).toHaveLength(1);
      expect((samples[0]?.value ?? 0) / sent).toBeGreaterThan(0.97);
      expect((samples[0]?.value ?? 0) / sent).toBeLessThan(1.03);
    }
  },
  LIMIT_MS,
);

test('no alert has been raised so far, but for what a busy machine is slow at', async () => {
  const earlier = `last_over_time((${othersThan(OF_A_BUSY_MACHINE)})[10m:1s])`;
  expect(await prometheus.query(earlier)).toEqual([]);
});

test(
  'when Postgres stops, the alerts for it are raised, and no others',
  async () => {
    const before = (await found(FAILED)())?.value ?? 0;
    await postgres.stop();
    const more = `${FAILED} > ${before} + 0.0144`;
    await waitFor(found(more), { ...PATIENTLY, message: more });
    const fires = ',alertstate="firing",severity="page",namespace="production"';
    for (const alert of [
      raised('ApiErrorBudgetBurning', `${fires},window="1h"`),
      // The pods are younger than five minutes: that looks like a rollout.
      raised('ApiErrorsDuringRollout', fires),
      // It waits for a minute before it fires.
      raised('ApiNotReady'),
    ])
      await waitFor(found(alert), { ...PATIENTLY, message: alert });
    const due = [...OF_A_BUSY_MACHINE, 'ApiNotReady', 'JobsFailed'];
    expect(await prometheus.query(othersThan(due))).toEqual([]);
  },
  LIMIT_MS,
);

// In the last minutes: what fails was not there before Postgres was stopped, and what is asked of Postgres not after.
test.each(['API', 'Worker', 'Rollout'])(
  'every panel of the dashboard %s has had an answer',
  async (title) => {
    const dashboard = dashboardsIn(rendered.objects).find((each) => each.title.endsWith(title));
    const targets = dashboard ? panelsOf(dashboard).flatMap((panel) => panel.targets ?? []) : [];
    expect(targets).not.toEqual([]);
    const unanswered = async () => {
      const queries = targets.map(({ expr }) => `last_over_time((${filledIn(expr)})[5m:1s])`);
      const answers = await Promise.all(queries.map((query) => prometheus.query(query)));
      return targets.filter((_, index) => answers[index]?.length === 0);
    };
    // A rate takes two scrapes. What is still unanswered then is named below.
    const patience = { timeoutMs: 30_000, intervalMs: 250, message: 'answers' };
    await waitFor(async () => (await unanswered()).length === 0, patience).catch(() => undefined);
    expect(await unanswered()).toEqual([]);
  },
  LIMIT_MS,
);

// Last, when there has been something to evaluate.
test('every rule is evaluated without an error', async () => {
  const rules = await prometheus.rules();
  expect(rules).toHaveLength(rulesOf(ruleFilesIn(rendered.objects)).length);
  expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
});
