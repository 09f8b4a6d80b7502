import {
  API,
  api,
  broken,
  CONTAINER,
  eachBroken,
  env,
  forBreaking,
  MIGRATE,
  POD,
  withObject,
} from './broken.fixture';
import { faultsOf } from './validate';

const rendered = forBreaking();
const prod = () => rendered.prod;

test('nothing is wrong with what is to be broken', async () => {
  for (const each of Object.values(rendered)) expect(await faultsOf(each)).toEqual([]);
});

describe('schemas', () => {
  eachBroken(prod, [
    [
      'a misspelt field, deep inside',
      api('readinessProbe.timeoutSecond', 3),
      `${API.replace(' ', ' production/')}: spec.template.spec.containers[0].readinessProbe.timeoutSecond: is no field of this kind`,
    ],
    [
      'an unknown field of metadata',
      { object: API, path: 'metadata.label', value: {} },
      'metadata.label: is no field',
    ],
    ['an unknown field at the root', { object: API, path: 'extra', value: 1 }, 'extra: is no field'],
    ['a wrong type', api('ports[0].containerPort', '3000'), 'ports[0].containerPort: must be integer'],
    [
      'a missing field',
      { object: 'Deployment api-server', path: 'spec.selector' },
      'spec: must have required property selector',
    ],
    [
      'a word that is none of the choices',
      api('imagePullPolicy', 'Sometimes'),
      'imagePullPolicy: must be equal to one of',
    ],
    [
      'a deprecated version',
      {
        object: 'HorizontalPodAutoscaler api-server-hpa',
        path: 'apiVersion',
        value: 'autoscaling/v2beta2',
      },
      'apiVersion: autoscaling/v2beta2 is deprecated',
    ],
    [
      'a kind that nobody knows',
      { object: 'Service api-server', path: 'kind', value: 'Servise' },
      'kind: no schema of v1 Servise is known',
    ],
    [
      'an unknown field of an ExternalSecret',
      { object: 'ExternalSecret app-secrets', path: 'spec.data[0].remoteRef.propert', value: 'x' },
      'spec.data[0].remoteRef.propert: is no field',
    ],
    [
      'an unknown field of a PodMonitor',
      { object: 'PodMonitor worker', path: 'spec.podMetricsEndpoints[0].paths', value: '/metrics' },
      'spec.podMetricsEndpoints[0].paths: is no field',
    ],
  ]);

  test('a bad quantity', async () => {
    const found = await faultsOf(broken(prod(), [api('resources.requests.memory', '256MB')]));
    expect(found).toContainEqual(
      expect.stringContaining('resources.requests.memory: must match format "quantity"'),
    );
  });

  eachBroken(
    () => rendered.keda,
    [
      [
        'an unknown field of a ScaledObject',
        { object: 'ScaledObject api-server', path: 'spec.maxReplicas', value: 5 },
        'spec.maxReplicas: is no field',
      ],
      [
        'an unknown field of an HTTPRoute',
        { object: 'HTTPRoute api-route', path: 'spec.rules[0].backendRef', value: [] },
        'spec.rules[0].backendRef: is no field',
      ],
      [
        'an unknown field of a VaultStaticSecret',
        { object: 'VaultStaticSecret app-secrets', path: 'spec.destination.template', value: {} },
        'VaultStaticSecret production/app-secrets: spec.destination: Unrecognized key: "template"',
      ],
      [
        'an unknown field of a VaultAuth',
        { object: 'VaultAuth app-secrets', path: 'spec.kubernetes.roles', value: 'x' },
        'spec.kubernetes: Unrecognized key: "roles"',
      ],
    ],
  );

  eachBroken(
    () => rendered.annotated,
    [
      [
        'an unknown field of a SealedSecret',
        { object: 'SealedSecret app-secrets', path: 'spec.encrypted', value: {} },
        'spec.encrypted: is no field',
      ],
    ],
  );
});

describe('configuration', () => {
  eachBroken(prod, [
    [
      'a variable that the process does not know',
      env('LOG_LEVELS', 'info'),
      `${CONTAINER}.env[LOG_LEVELS]: LOG_LEVELS is no variable of api`,
    ],
    [
      'a key of app-config that not every workload knows',
      { object: 'ConfigMap app-config', path: 'data.DOCS_ENABLED', value: 'true' },
      'env[DOCS_ENABLED]: DOCS_ENABLED is given already',
      'is no variable of worker',
    ],
    [
      'a variable given twice',
      { object: API, path: `${CONTAINER}.env[another]`, value: { name: 'PORT', value: '3000' } },
      'env[PORT]: PORT is given already, at',
    ],
    [
      'a variable given as a file too',
      env('REDIS_URL_FILE', '/secrets/redis-url'),
      'REDIS_URL_FILE is given already, at',
    ],
    [
      'a required variable that is missing',
      [env('REDIS_URL', undefined)],
      `${CONTAINER}.env: REDIS_URL is required`,
    ],
    [
      'a value that does not parse',
      env('METRICS_PORT', 'metrics'),
      'env[METRICS_PORT]: METRICS_PORT must be an integer from 0 to 65535, says api',
      'api does not listen on 9464',
    ],
    [
      'a ConfigMap that is not there',
      api('envFrom[0].configMapRef.name', 'app-settings'),
      'envFrom[0]: there is no ConfigMap app-settings',
    ],
    [
      'a Secret that is not there',
      api('env[REDIS_URL].valueFrom.secretKeyRef.name', 'secrets'),
      'env[REDIS_URL]: there is no Secret secrets',
      'REDIS_URL is required',
    ],
    [
      'a key that nobody takes',
      {
        object: 'ExternalSecret app-secrets',
        path: 'spec.data[another]',
        value: { secretKey: 'api-key', remoteRef: { key: 'x' } },
      },
      'ExternalSecret production/app-secrets: no container takes its key api-key',
    ],
    [
      'an image of ours under another name',
      { object: MIGRATE, path: `${POD}.containers[migrate].image`, value: 'registry.test/migrations:1.5.2' },
      'all objects: no container runs migrate',
    ],
  ]);

  eachBroken(
    () => rendered.annotated,
    [
      [
        'a key that was not sealed',
        { object: 'SealedSecret app-secrets', path: 'spec.encryptedData.redis-url' },
        'REDIS_URL takes the key redis-url',
        'REDIS_URL takes the key redis-url',
        'REDIS_URL is required',
        'REDIS_URL is required',
      ],
    ],
  );

  const secret = (text: string) => Buffer.from(text).toString('base64');
  eachBroken(
    () => rendered.dev,
    [
      [
        'a database that no Service is',
        { object: 'Secret app-secrets', path: 'data.redis-url', value: secret('redis://cache:6379') },
        'REDIS_URL leads to cache:6379, and no Service',
        'REDIS_URL leads to cache:6379',
      ],
    ],
  );

  test('a Secret with values outside dev', async () => {
    const object = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'more', namespace: 'production' },
      stringData: { key: 'value' },
    };
    expect(await faultsOf(withObject(prod(), object))).toEqual([
      'Secret production/more: no container takes its key key: remove it, or refer to it',
      expect.stringContaining('Secret production/more: data: holds values, which are now in the repository'),
    ]);
  });
});

describe('shutdown and probes', () => {
  const grace = { object: API, path: `${POD}.terminationGracePeriodSeconds` };
  eachBroken(prod, [
    [
      'a grace period that is just used up',
      { ...grace, value: 27 },
      'Deployment production/api-server: spec.template.spec.terminationGracePeriodSeconds: must be more than 27 s: 5 s preStop + 20 s SHUTDOWN_TIMEOUT_MS + 2 s margin, or SIGKILL comes first; it is 27 s',
    ],
    ['a preStop that takes the time', api('lifecycle.preStop.sleep.seconds', 10), 'must be more than 32 s'],
    [
      'a time-out that comes by default',
      [{ ...grace, value: 26 }, env('SHUTDOWN_TIMEOUT_MS', undefined)],
      'must be more than 27 s: 5 s preStop + 20 s',
    ],
    [
      'a time-out that comes from app-config',
      [
        env('SHUTDOWN_TIMEOUT_MS', undefined),
        { object: 'ConfigMap app-config', path: 'data.SHUTDOWN_TIMEOUT_MS', value: '26000' },
      ],
      'env[SHUTDOWN_TIMEOUT_MS]: SHUTDOWN_TIMEOUT_MS is given already',
      'must be more than 33 s',
    ],
    [
      'a preStop that needs a shell',
      api('lifecycle.preStop', { exec: { command: ['sleep', '5'] } }),
      'lifecycle.preStop: must be a sleep',
    ],
    [
      'a drain as long as the whole shutdown',
      env('SHUTDOWN_DRAIN_MS', '20000'),
      'SHUTDOWN_DRAIN_MS must be less than SHUTDOWN_TIMEOUT_MS',
      `${CONTAINER}.env: SHUTDOWN_DRAIN_MS (20000) must be less than SHUTDOWN_TIMEOUT_MS (20000)`,
    ],
    [
      'a readiness probe that does not wait for the checks',
      api('readinessProbe.timeoutSeconds', 1),
      'readinessProbe.timeoutSeconds: must be more than READINESS_TIMEOUT_MS (1000 ms)',
    ],
    [
      'a probe without a time-out',
      api('livenessProbe.timeoutSeconds'),
      'livenessProbe.timeoutSeconds: must be set',
    ],
    ['a probe that is missing', api('livenessProbe'), 'livenessProbe.httpGet: must be set'],
    [
      'a port that the process does not listen on',
      api('ports[http].containerPort', 8080),
      'ports[http]: api does not listen on 8080: PORT and METRICS_PORT say 3000 and 9464',
      ...['startup', 'readiness', 'liveness'].map(
        (name) => `${name}Probe.httpGet.port: http is not the port with the probes, which is 3000`,
      ),
      'Ingress production/api-ingress: spec.rules[0].http.paths[0].backend.service: leads to port 8080',
    ],
    [
      'a process that listens elsewhere',
      env('METRICS_PORT', '9465'),
      'ports[metrics]: api does not listen on 9464',
    ],
    [
      'a probe at another port',
      api('readinessProbe.httpGet.port', 'metrics'),
      'readinessProbe.httpGet.port: metrics is not the port with the probes',
    ],
    [
      'a start that may take too short',
      api('startupProbe.failureThreshold', 5),
      'startupProbe: periodSeconds x failureThreshold is 10 s',
    ],
    [
      'a start that may outlast the rollout',
      api('startupProbe.failureThreshold', 700),
      'is 1400 s: take at least 60 s, and no more than progressDeadlineSeconds (1200 s)',
    ],
    [
      'a rollout without a pause',
      { object: API, path: 'spec.minReadySeconds' },
      'spec.minReadySeconds: must be set',
      '98 connections at most',
    ],
    [
      'a rollout that takes away first',
      { object: API, path: 'spec.strategy.rollingUpdate.maxUnavailable', value: 1 },
      'maxUnavailable: must be 0',
    ],
  ]);
});
