import { API, api, CONTAINER, eachBroken, env, forBreaking, MIGRATE, POD, WORKER } from './broken.fixture';
import { amount } from './rules/resources';

const rendered = forBreaking();
const prod = () => rendered.prod;
const VERSION = 'app.kubernetes.io/version';

describe('selectors', () => {
  eachBroken(prod, [
    [
      'a Deployment that the next release could not change',
      { object: API, path: `spec.selector.matchLabels[${VERSION}]`, value: '1.5.2' },
      `spec.selector.matchLabels[${VERSION}]: must not be set: the next release has another version`,
    ],
    [
      'a Service that loses the old pods during a rollout',
      { object: 'Service api-server', path: `spec.selector[${VERSION}]`, value: '1.5.2' },
      `Service production/api-server: spec.selector[${VERSION}]: must not be set`,
    ],
    [
      'a PodDisruptionBudget of one release',
      { object: 'PodDisruptionBudget worker', path: `spec.selector.matchLabels[${VERSION}]`, value: '1.5.2' },
      `PodDisruptionBudget production/worker: spec.selector.matchLabels[${VERSION}]: must not be set`,
    ],
  ]);
});

describe('what serves', () => {
  eachBroken(prod, [
    ['no pause before the signal', api('lifecycle'), 'lifecycle.preStop.sleep.seconds: must be at least 1'],
    [
      'a pause of nothing',
      api('lifecycle.preStop.sleep.seconds', 0),
      'lifecycle.preStop.sleep.seconds: must be at least 1: the pod is still sent requests',
    ],
    [
      'no drain behind a Service',
      env('SHUTDOWN_DRAIN_MS', '0'),
      `${CONTAINER}.env: SHUTDOWN_DRAIN_MS must be more than 0`,
    ],
    [
      "a command in place of the image's own",
      { object: MIGRATE, path: `${POD}.containers[migrate].command`, value: ['node', 'main.js'] },
      `containers[migrate].command: must not be set: it replaces the image's entry point`,
    ],
    [
      'a liveness that asks for the database',
      api('livenessProbe.httpGet.path', '/health/ready'),
      'livenessProbe.httpGet.path: must be /health/live',
    ],
    [
      'a readiness that is always well',
      api('readinessProbe.httpGet.path', '/health/live'),
      'readinessProbe.httpGet.path: must be /health/ready',
    ],
    [
      'a startup at a path that is not there',
      { object: WORKER, path: `${POD}.containers[worker].startupProbe.httpGet.path`, value: '/healthz' },
      'startupProbe.httpGet.path: must be /health/startup',
    ],
  ]);
});

describe('evictions', () => {
  const budget = (value?: object) => ({
    object: 'PodDisruptionBudget api-server',
    path: 'spec',
    value: { ...value, selector: { matchLabels: { app: 'api-server' } } },
  });
  eachBroken(prod, [
    [
      'none that are allowed',
      budget({ maxUnavailable: 0 }),
      'spec.maxUnavailable: lets none of the 3 pods of api-server be evicted',
    ],
    [
      'as many at least as there may be at least',
      budget({ minAvailable: 3 }),
      'spec.minAvailable: lets none of the 3 pods',
    ],
    [
      'a share that is rounded up to all',
      budget({ minAvailable: '70%' }),
      'spec.minAvailable: lets none of the 3 pods',
    ],
    [
      'two sayings',
      budget({ minAvailable: 1, maxUnavailable: 1 }),
      'spec: must have one of minAvailable and maxUnavailable',
    ],
    ['none', budget(), 'spec: must have one of minAvailable and maxUnavailable'],
  ]);
});

describe('resources', () => {
  eachBroken(prod, [
    [
      'a request above its limit',
      api('resources.requests.cpu', '2'),
      'requests.cpu: is 2, more than the limit 1',
    ],
    [
      'memory without a unit',
      api('resources.limits.memory', '512'),
      'limits.memory: is 512: take at least 64Mi',
      'requests.memory: is 256Mi, more than the limit 512',
    ],
    ['cores without an m', api('resources.limits.cpu', '1000'), 'limits.cpu: is 1000 cores: take at most 16'],
  ]);

  test.each([
    ['100m', 0.1],
    ['1', 1],
    ['1.5Gi', 1.5 * 2 ** 30],
    ['1e3', 1_000],
    ['5M', 5e6],
  ])('%s is %d', (quantity, number) => {
    expect(amount(quantity)).toBeCloseTo(number);
  });
});
