import { scratchFolder, waitFor } from '@kubernest/testing';
import { renderCombination } from './combinations';
import { findRenderer } from './kustomize';
import { findObject, ofKind } from './objects';
import { deploymentsOfBase, renderOverlay } from './overlays';
import type { Rendered } from './rendered';
import { DRAIN_MS, ServedDeployment } from './served-deployment.fixture';
import { ServedProcesses } from './served-processes.fixture';

// What the manifests say of paths and ports is asked of the built processes.

const API_PATH = '/nothing';

let prod: Rendered;
let others: Rendered;
let served: ServedProcesses;

beforeAll(async () => {
  const renderer = await findRenderer();
  prod = await renderOverlay('prod', renderer);
  const names = ['gateway-api', 'hpa', 'requests-per-second', 'prometheus'];
  others = await renderCombination(names, { renderer, scratch: scratchFolder() });
  served = await ServedProcesses.start(prod);
}, 90_000);

afterAll(() => served.stop());

const deployment = (name: string): ServedDeployment => served.of(name);

describe.each(deploymentsOfBase())('%s', (name) => {
  test.each([
    ['startupProbe', 'started'],
    ['readinessProbe', 'ready'],
    ['livenessProbe', 'alive'],
  ] as const)('answers its %s with 200 and what that probe says', async (probe, status) => {
    const answer = await deployment(name).ask(probe);
    expect(answer).toEqual({ status: 200, body: expect.objectContaining({ status }) });
  });

  test('listens on the port that its probes name, as it logs itself', () => {
    const own = deployment(name);
    expect(own.loggedUrl).toBe(own.url(own.own.container.readinessProbe?.httpGet?.port));
  });

  test('listens on every port that the container declares', async () => {
    const own = deployment(name);
    for (const { containerPort } of own.own.container.ports ?? []) {
      const response = await fetch(own.url(containerPort), { headers: { connection: 'close' } });
      expect(response.status).toBe(404);
    }
  });

  test('serves metrics where its PodMonitor scrapes, and not where the public comes', async () => {
    const own = deployment(name);
    const monitor = ofKind(prod.objects, 'PodMonitor').find(({ metadata }) => metadata.name === name);
    const [endpoint] = monitor?.spec?.podMetricsEndpoints ?? [];
    const scraped = await fetch(`${own.url(endpoint?.port)}${endpoint?.path ?? '/metrics'}`);
    expect(scraped.status).toBe(200);
    expect(await scraped.text()).toContain('# TYPE process_cpu_seconds_total counter');
    const open = await fetch(`${own.url('http')}${endpoint?.path ?? '/metrics'}`);
    expect(open.status).toBe(404);
  });
});

describe('the API', () => {
  /** The container's port behind a port of its Service. */
  const behindService = (rendered: Rendered, port: unknown) => {
    const { namespace } = rendered.objects.find(({ kind }) => kind === 'Deployment')?.metadata ?? {};
    const service = findObject(rendered.objects, 'Service', { name: 'api-server', namespace });
    const served = service?.spec?.ports?.find((each) => each.port === port || each.name === port);
    return served?.targetPort ?? served?.port;
  };

  test.each([
    [
      'the Ingress',
      () => prod,
      () => {
        const path = ofKind(prod.objects, 'Ingress')[0]?.spec?.rules?.[0]?.http?.paths?.[0];
        const { number, name } = path?.backend?.service?.port ?? {};
        return { prefix: path?.path, port: number ?? name };
      },
    ],
    [
      'the HTTPRoute',
      () => others,
      () => {
        const rule = ofKind(others.objects, 'HTTPRoute')[0]?.spec?.rules?.[0];
        return { prefix: rule?.matches?.[0]?.path?.value, port: rule?.backendRefs?.[0]?.port };
      },
    ],
  ])('is reached through %s', async (_, rendered, route) => {
    const { prefix, port } = route();
    expect(API_PATH.startsWith(prefix ?? 'nowhere')).toBe(true);
    const response = await fetch(
      `${deployment('api-server').url(behindService(rendered(), port))}${API_PATH}`,
    );
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toContain('application/problem+json');
  });

  test('counts requests where the annotations tell Prometheus to scrape, probes apart', async () => {
    const api = deployment('api-server');
    await fetch(`${api.url('http')}${API_PATH}`);
    const pod = findObject(others.objects, 'Deployment', { name: 'api-server', namespace: 'production' });
    const annotations = pod?.spec?.template?.metadata?.annotations ?? {};
    const url = `${api.url(Number(annotations['prometheus.io/port']))}${annotations['prometheus.io/path'] ?? ''}`;
    const counted = (await (await fetch(url)).text())
      .split('\n')
      .filter((line) => line.startsWith('http_requests_total{'));
    expect(counted).toContainEqual(expect.stringContaining('route="unmatched"'));
    expect(counted).toContainEqual(expect.stringContaining('route="/health/'));
  });
});

// Last: it ends them.
test('all fail only their readiness probe while they drain', async () => {
  const stopping = deploymentsOfBase().map(async (name) => {
    const own = deployment(name);
    const gone = own.stop();
    await waitFor(async () => (await own.ask('readinessProbe')).status === 503, {
      timeoutMs: DRAIN_MS,
      message: `readiness of ${name} to fail`,
    });
    expect((await own.ask('livenessProbe')).status).toBe(200);
    await gone;
  });
  await Promise.all(stopping);
});
