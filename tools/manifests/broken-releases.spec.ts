import {
  API,
  api,
  broken,
  eachBroken,
  forBreaking,
  MIGRATE,
  POD,
  withObject,
  without,
  WORKER,
} from './broken.fixture';
import { faultsOf } from './validate';

const rendered = forBreaking();
const prod = () => rendered.prod;

describe('autoscaling', () => {
  eachBroken(prod, [
    [
      'replicas that an autoscaler owns',
      { object: API, path: 'spec.replicas', value: 3 },
      'spec.replicas: every apply would reset the count that HorizontalPodAutoscaler api-server-hpa has set',
    ],
    [
      'a target that is not there',
      { object: 'HorizontalPodAutoscaler api-server-hpa', path: 'spec.scaleTargetRef.name', value: 'api' },
      'there is no Deployment api',
    ],
    [
      'fewer at most than at least',
      { object: 'HorizontalPodAutoscaler api-server-hpa', path: 'spec.minReplicas', value: 21 },
      'at least 21 pods and at most 20 cannot be',
    ],
    [
      'a share of a request that is not there',
      api('resources.requests.memory'),
      'requests.memory: must be set: without',
      'must be set: HorizontalPodAutoscaler api-server-hpa scales by a share of it',
    ],
  ]);
  eachBroken(
    () => rendered.keda,
    [
      [
        'replicas that KEDA owns',
        { object: API, path: 'spec.replicas', value: 2 },
        'every apply would reset the count that ScaledObject api-server has set',
      ],
    ],
  );

  test('two owners of one Deployment', async () => {
    const scaler = rendered.keda.objects.find(
      ({ kind, metadata }) => kind === 'ScaledObject' && metadata.name === 'api-server',
    );
    expect(await faultsOf(withObject(prod(), scaler ?? {}))).toEqual([
      expect.stringContaining(
        'ScaledObject production/api-server: spec.scaleTargetRef: api-server is scaled by HorizontalPodAutoscaler api-server-hpa too',
      ),
    ]);
  });

  test('a metric that nothing scrapes', async () => {
    expect(await faultsOf(without(prod(), 'PodMonitor api-server'))).toEqual([
      expect.stringContaining(
        'http_requests_per_second would never arrive, since nothing scrapes api-server',
      ),
    ]);
  });
});

describe('jobs and releases', () => {
  eachBroken(prod, [
    [
      'a migration without an end',
      { object: MIGRATE, path: 'spec.activeDeadlineSeconds' },
      'spec.activeDeadlineSeconds: must be set',
    ],
    [
      'a migration that may outlast the rollout that waits for it',
      { object: MIGRATE, path: 'spec.activeDeadlineSeconds', value: 1190 },
      ...['api-server', 'worker'].map(
        (name) =>
          `Deployment production/${name}: spec.progressDeadlineSeconds: must be more than 1200 s: 1190 s activeDeadlineSeconds of Job migrate-1.5.2 + 10 s minReadySeconds; it is 1200 s`,
      ),
    ],
    [
      'a migration that reads a hashed name',
      {
        object: MIGRATE,
        path: `${POD}.containers[migrate].envFrom`,
        value: [{ configMapRef: { name: 'app-config-f2td55gk72' } }],
      },
      'MAX_CONNECTIONS',
      'NODE_ENV is given already',
      'spec.template.spec.containers[0].envFrom[0].configMapRef.name: app-config-f2td55gk72 changes with its content',
    ],
    [
      'the latest image',
      api('image', 'registry.test/api-server:latest'),
      'image: registry.test/api-server:latest can be another image tomorrow',
      'has the tag latest',
    ],
    [
      'an image without a tag, at a registry with a port',
      api('image', 'registry:5000/api-server'),
      'registry:5000/api-server can be another image tomorrow',
    ],
    [
      'an image of another version',
      api('image', 'registry.test/api-server:1.5.3'),
      'image: has the tag 1.5.3, and the version label says 1.5.2',
    ],
    [
      'pods of another version',
      { object: WORKER, path: 'spec.template.metadata.labels[app.kubernetes.io/version]', value: '1.5.1' },
      "is 1.5.1, and the object's says 1.5.2",
    ],
    [
      'no version',
      { object: WORKER, path: 'metadata.labels[app.kubernetes.io/version]' },
      'must be set: it names the release',
    ],
    [
      'a migration that has run before',
      { object: MIGRATE, path: 'metadata.name', value: 'migrate' },
      'Job production/migrate: metadata.name: must end in -1.5.2',
    ],
    [
      'a version that no name can have',
      { object: MIGRATE, path: 'metadata.name', value: 'migrate-1.5.2+BUILD' },
      'is no name for a Job',
    ],
    [
      'a version that no label can have',
      { object: WORKER, path: 'metadata.labels[app.kubernetes.io/version]', value: '1.5.2+build' },
      '1.5.2+build is no label value',
    ],
  ]);

  test('a digest says which image it is', async () => {
    const image = `registry.test/api-server:1.5.2@sha256:${'a'.repeat(64)}`;
    expect(await faultsOf(broken(prod(), [api('image', image)]))).toEqual([]);
  });
});
