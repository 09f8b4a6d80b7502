import {
  API,
  api,
  broken,
  CLEANUP,
  eachBroken,
  forBreaking,
  JOB_POD,
  MIGRATE,
  POD,
  withObject,
  WORKER,
} from './broken.fixture';
import { faultsOf } from './validate';

const rendered = forBreaking();
const prod = () => rendered.prod;

describe('runs and schedules', () => {
  const schedule = (value: string) => ({ object: CLEANUP, path: 'spec.schedule', value });
  eachBroken(prod, [
    [
      'a run that starts anew for ever',
      { object: CLEANUP, path: `${JOB_POD}.restartPolicy`, value: 'Always' },
      `${JOB_POD}.restartPolicy: must be Never or OnFailure`,
    ],
    [
      'a Job without a restart policy',
      { object: MIGRATE, path: `${POD}.restartPolicy` },
      'spec.template.spec.restartPolicy: must be Never or OnFailure',
    ],
    [
      'a schedule of six fields',
      schedule('0 0 2 * * *'),
      'spec.schedule: "0 0 2 * * *" must have five fields',
    ],
    ['an hour that never comes', schedule('0 24 * * *'), 'spec.schedule: 24 is no hour (0 to 23)'],
    [
      'a day that never comes',
      schedule('0 2 0 * 1-8'),
      'spec.schedule: 0 is no day of month (1 to 31)',
      '1-8 is no day of week',
    ],
    [
      'a time zone that nobody knows',
      { object: CLEANUP, path: 'spec.timeZone', value: 'Etc/Utopia' },
      'spec.timeZone: Etc/Utopia is no time zone',
    ],
    [
      'an offset as a time zone',
      { object: CLEANUP, path: 'spec.timeZone', value: '+02:00' },
      'spec.timeZone: +02:00 is no time zone',
    ],
    [
      'a deadline before the controller looks',
      { object: CLEANUP, path: 'spec.startingDeadlineSeconds', value: 5 },
      'spec.startingDeadlineSeconds: must be at least 10',
    ],
    [
      'a CronJob that is suspended',
      { object: CLEANUP, path: 'spec.suspend', value: true },
      'spec.suspend: must not be true',
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

  test.each(['*/5 * * * *', '0,30 2-4 1 1-12/3 0', '0 2 * * 7'])('the schedule %s is fine', async (value) => {
    expect(await faultsOf(broken(prod(), [schedule(value)]))).toEqual([]);
  });
});

describe('namespaces and modes', () => {
  eachBroken(prod, [
    [
      'a shared environment that is not in production',
      { object: 'ConfigMap app-config', path: 'data.NODE_ENV', value: 'development' },
      ...[
        'Deployment production/api-server',
        'Deployment production/worker',
        'CronJob production/cleanup-expired-sessions',
      ].map((name) => `${name}: `),
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
      'a CronJob whose Jobs would have no name',
      { object: CLEANUP, path: 'metadata.name', value: 'c'.repeat(53) },
      'is no name of a CronJob: take at most 52',
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
