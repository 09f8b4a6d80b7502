import { broken, eachBroken, env, forBreaking } from './broken.fixture';
import { faultsOf } from './validate';

const CLEANUP = 'CronJob cleanup-expired-sessions';
const JOB_POD = 'spec.jobTemplate.spec.template.spec';

const rendered = forBreaking({ cronJobs: ['cleanup-expired-sessions'] });
const prod = () => rendered.prod;
const schedule = (value: string) => ({ object: CLEANUP, path: 'spec.schedule', value });

test('nothing is wrong with the CronJob', async () => {
  expect(await faultsOf(prod())).toEqual([]);
});

describe('a CronJob', () => {
  const job = 'spec.jobTemplate.spec';
  eachBroken(prod, [
    [
      'a field at the wrong level',
      { object: CLEANUP, path: `${JOB_POD}.memory`, value: {} },
      `${JOB_POD}.memory: is no field of this kind`,
    ],
    [
      'a value that breaks a rule between variables',
      env('DATABASE_POOL_MAX', '200', CLEANUP, `${JOB_POD}.containers[cleanup-expired-sessions]`),
      'DATABASE_POOL_MAX must not be more than MAX_CONNECTIONS',
      '200 x 1 = 200',
    ],
    [
      'no grace period in a run of the CronJob',
      { object: CLEANUP, path: `${JOB_POD}.terminationGracePeriodSeconds`, value: 20 },
      'must be more than 22 s: 0 s preStop + 20 s',
    ],
    [
      'a run that starts anew for ever',
      { object: CLEANUP, path: `${JOB_POD}.restartPolicy`, value: 'Always' },
      `${JOB_POD}.restartPolicy: must be Never or OnFailure`,
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
      'a CronJob whose Jobs would have no name',
      { object: CLEANUP, path: 'metadata.name', value: 'c'.repeat(53) },
      'is no name of a CronJob: take at most 52',
    ],
    ...[
      'spec.timeZone',
      'spec.startingDeadlineSeconds',
      `${job}.backoffLimit`,
      `${job}.activeDeadlineSeconds`,
      `${job}.ttlSecondsAfterFinished`,
    ].map((path): [string, { object: string; path: string }, string] => [
      `a CronJob without ${path}`,
      { object: CLEANUP, path },
      `${path}: must be set: else`,
    ]),
    [
      'a CronJob that overlaps',
      { object: CLEANUP, path: 'spec.concurrencyPolicy', value: 'Allow' },
      'concurrencyPolicy: must be Forbid',
    ],
    [
      'that let the cleanup reach Redis',
      {
        object: 'NetworkPolicy cleanup-expired-sessions',
        path: 'spec.egress[0].ports',
        value: [{ port: 5432 }, { port: 6379 }],
      },
      'CronJob production/cleanup-expired-sessions: NetworkPolicies let it out to port 6379, and cleanup-expired-sessions has no REDIS_URL',
    ],
    [
      'root in the CronJob',
      { object: CLEANUP, path: `${JOB_POD}.securityContext.runAsUser`, value: 0 },
      'CronJob production/cleanup-expired-sessions: spec.jobTemplate.spec.template.spec.securityContext.runAsUser',
    ],
    [
      'a cleanup that does not know a key of app-config',
      { object: 'ConfigMap app-config', path: 'data.DOCS_ENABLED', value: 'true' },
      'env[DOCS_ENABLED]: DOCS_ENABLED is given already',
      'is no variable of worker',
      'is no variable of cleanup-expired-sessions',
    ],
  ]);

  test.each(['*/5 * * * *', '0,30 2-4 1 1-12/3 0', '0 2 * * 7'])('the schedule %s is fine', async (value) => {
    expect(await faultsOf(broken(prod(), [schedule(value)]))).toEqual([]);
  });

  test('counts among the connections to Postgres', async () => {
    const [fault] = await faultsOf(broken(prod(), [env('DATABASE_POOL_MAX', '4')]));
    expect(fault).toContain('CronJob production/cleanup-expired-sessions: 2 x 1 = 2');
  });
});

describe('its queue', () => {
  eachBroken(
    () => rendered.keda,
    [
      [
        'a KEDA that may add many',
        { object: 'ScaledObject worker', path: 'spec.maxReplicaCount' },
        '2 x (100 + 1 surge + 3 draining) = 208',
      ],
      [
        'a misspelt key',
        { object: 'ScaledObject worker', path: 'spec.triggers[waiting].metadata.enableTls', value: 'true' },
        'spec.triggers[0].metadata.enableTls: is no key of a trigger of type redis',
      ],
      [
        'a trigger of another type',
        { object: 'ScaledObject worker', path: 'spec.triggers[waiting].type', value: 'rediss' },
        'spec.triggers[0].type: rediss is not known here',
      ],
      [
        'an address that KEDA would look up in its own namespace',
        { object: 'ScaledObject worker', path: 'spec.triggers[0].metadata.address', value: 'redis:6379' },
        "redis is looked up in KEDA's own namespace",
      ],
    ],
  );
});
