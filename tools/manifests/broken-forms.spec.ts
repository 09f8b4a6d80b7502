import { API, api, eachBroken, forBreaking, MIGRATE, POD, withObject, WORKER } from './broken.fixture';
import { faultsOf } from './validate';

const rendered = forBreaking();
const prod = () => rendered.prod;

describe('runs', () => {
  eachBroken(prod, [
    [
      'a Job without a restart policy',
      { object: MIGRATE, path: `${POD}.restartPolicy` },
      'spec.template.spec.restartPolicy: must be Never or OnFailure',
    ],
    [
      'a failure policy of a container that is not there',
      {
        object: MIGRATE,
        path: 'spec.podFailurePolicy.rules[0].onExitCodes.containerName',
        value: 'migration',
      },
      'containerName: there is no container migration',
    ],
    [
      'a failure policy that Kubernetes refuses',
      { object: MIGRATE, path: `${POD}.restartPolicy`, value: 'OnFailure' },
      'restartPolicy: must be Never: podFailurePolicy needs it',
    ],
  ]);
});

describe('namespaces and modes', () => {
  eachBroken(prod, [
    [
      'a shared environment that is not in production',
      { object: 'ConfigMap app-config', path: 'data.NODE_ENV', value: 'development' },
      ...['Deployment production/api-server', 'Deployment production/worker'].map((name) => `${name}: `),
    ],
    [
      'a migration that is not in production',
      { object: MIGRATE, path: `${POD}.containers[migrate].env[NODE_ENV].value`, value: 'test' },
      'env[NODE_ENV]: NODE_ENV is test: only dev may be anything but production',
    ],
  ]);

  test('a second one', async () => {
    const labels = Object.fromEntries(
      ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
    );
    const another = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'another', labels } };
    expect(await faultsOf(withObject(prod(), another))).toEqual([
      'Namespace another: is one more, beside production: an overlay has one',
    ]);
  });

  test('the default one', async () => {
    const objects = prod().objects.map((object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        ...(object.kind === 'Namespace' ? { name: 'default' } : { namespace: 'default' }),
      },
    }));
    expect(await faultsOf({ ...prod(), objects })).toContain(
      'Namespace default: metadata.name: must not be default: name one for this environment',
    );
  });
});

describe('names', () => {
  eachBroken(prod, [
    [
      'a label with a blank',
      { object: WORKER, path: 'metadata.labels.team', value: 'our team' },
      'metadata.labels[team]: "our team" is no label',
    ],
    [
      'a label of pods that is too long',
      { object: API, path: 'spec.template.metadata.labels.team', value: 'x'.repeat(64) },
      'spec.template.metadata.labels[team]: "xxx',
    ],
    [
      'a key that is none',
      { object: WORKER, path: 'metadata.labels.our team', value: 'x' },
      'metadata.labels[our team]: "x" is no label',
    ],
    [
      'a name with a capital',
      { object: 'PodMonitor worker', path: 'metadata.name', value: 'Worker' },
      'PodMonitor production/Worker: metadata.name: Worker is no name of a PodMonitor',
    ],
    [
      'a port name that is too long',
      { object: 'Service api-server', path: 'spec.ports[0].name', value: 'http-of-the-public' },
      'spec.ports[0].name: http-of-the-public is no name of a port',
      'backend.service: Service api-server has no port http',
    ],
    [
      'a port name without a letter',
      api('ports[2]', { name: '9465', containerPort: 9464 }),
      'ports[2].name: 9465 is no name of a port',
    ],
  ]);

  test('an object that is there twice', async () => {
    const [first] = prod().objects;
    expect(await faultsOf(withObject(prod(), first ?? {}))).toContain(
      'Namespace production: is there twice: remove one of them',
    );
  });
});

describe('rollouts', () => {
  eachBroken(prod, [
    [
      'one that cannot begin',
      { object: API, path: 'spec.strategy.rollingUpdate.maxSurge', value: 0 },
      'spec.strategy.rollingUpdate.maxSurge: must be more than 0',
    ],
    [
      'one that cannot end',
      { object: WORKER, path: 'spec.minReadySeconds', value: 1200 },
      'spec.minReadySeconds: must be less than progressDeadlineSeconds (1200 s)',
      'must be more than 2100 s',
    ],
  ]);
});
