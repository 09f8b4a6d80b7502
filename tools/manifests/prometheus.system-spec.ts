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
 * other: the load that the second one sends is what the later ones ask for.
 */

const LIMIT_MS = 300_000;
const PER_SECOND = 40;
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

const raised = (alert: string, more = '') => `ALERTS{alertname="${alert}"${more}}`;
const found = (query: string) => async (): Promise<Sample | undefined> => (await prometheus.query(query))[0];

test.each(['api', 'worker'] as const)('promtool has nothing to say of what the %s exports', async (name) => {
  const scraped = await (await fetch(`${served[name].url('metrics')}/metrics`)).text();
  const said = execFileSync('promtool', ['check', 'metrics'], { input: scraped, encoding: 'utf8' });
  expect(said).toBe('');
});

test('every rule is evaluated without an error', async () => {
  const count = rulesOf(ruleFilesIn(rendered.objects)).length;
  const evaluated = await waitFor(
    async () => {
      const rules = await prometheus.rules();
      const isDone = rules.length === count && rules.every(({ health }) => health !== 'unknown');
      return isDone ? rules : undefined;
    },
    { timeoutMs: 60_000, intervalMs: 500, message: 'Prometheus to evaluate every rule' },
  );
  expect(evaluated.filter(({ health }) => health !== 'ok')).toEqual([]);
});

test(
  'the load of a pod, as the adapter and KEDA compute it, is the load that was sent, without probes',
  async () => {
    const message = 'the load to last for as long as the queries look back';
    await waitFor(() => requests.ranMs > WINDOW_MS + 10_000, {
      timeoutMs: LIMIT_MS,
      intervalMs: 500,
      message,
    });
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

test('no alert has been raised so far', async () => {
  expect(await prometheus.query('count_over_time(ALERTS{alertstate="firing"}[10m])')).toEqual([]);
  expect(await prometheus.query('ALERTS')).toEqual([]);
});

test(
  'when Postgres stops, the alerts for it are raised, and no others',
  async () => {
    await postgres.stop();
    const fires = ',alertstate="firing",severity="page",namespace="production"';
    for (const alert of [
      raised('ApiErrorBudgetBurning', `${fires},window="1h"`),
      // The pods are younger than five minutes: that looks like a rollout.
      raised('ApiErrorsDuringRollout', fires),
      // It waits for a minute before it fires.
      raised('ApiNotReady'),
    ])
      await waitFor(found(alert), { timeoutMs: LIMIT_MS, intervalMs: 250, message: alert });
    const all = await prometheus.query('group by (alertname) (ALERTS{alertstate="firing"})');
    const due = ['ApiErrorBudgetBurning', 'ApiErrorsDuringRollout', 'ApiNotReady', 'JobsFailed'];
    expect(all.filter(({ labels: { alertname = '' } }) => !due.includes(alertname))).toEqual([]);
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
    const answers = await Promise.all(
      targets.map(({ expr }) => prometheus.query(`last_over_time((${filledIn(expr)})[5m:5s])`)),
    );
    expect(targets.filter((_, index) => answers[index]?.length === 0)).toEqual([]);
  },
);
