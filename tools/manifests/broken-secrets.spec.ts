import { api, CONTAINER, eachBroken, forBreaking, WORKER } from './broken.fixture';
import { changedOverlay } from './changed-overlay.fixture';
import { appSecretKeys, namespaceOf } from './overlays';
import { faultsOf } from './validate';

const rendered = forBreaking();
const prod = () => rendered.prod;
const ref = (name: string, field: string) => `env[${name}].valueFrom.secretKeyRef.${field}`;

describe('secrets', () => {
  eachBroken(prod, [
    [
      'a variable with the key of another',
      [
        api(ref('DATABASE_URL', 'key'), 'redis-url'),
        {
          object: WORKER,
          path: `spec.template.spec.containers[worker].${ref('REDIS_URL', 'key')}`,
          value: 'database-url',
        },
      ],
      `${CONTAINER}.env[DATABASE_URL]: takes the key redis-url, which is that of REDIS_URL: take database-url`,
      'env[REDIS_URL]: takes the key database-url, which is that of DATABASE_URL: take redis-url',
    ],
    [
      'a required variable that may be missing',
      api(ref('REDIS_URL', 'optional'), true),
      'env[REDIS_URL].valueFrom.secretKeyRef.optional: must not be set: without REDIS_URL the process does not start',
    ],
  ]);

  test('those of an overlay that nobody has sealed', async () => {
    const sealed = await changedOverlay('prod', [
      ['components/external-secrets', 'components/sealed-secrets'],
    ]);
    expect(await faultsOf(sealed)).toEqual(
      appSecretKeys().map(
        (key) =>
          `SealedSecret ${namespaceOf('prod')}/app-secrets: spec.encryptedData.${key}: is not sealed yet: components/sealed-secrets/README.md says how`,
      ),
    );
  });
});
