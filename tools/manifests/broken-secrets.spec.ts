import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API, api, broken, CONTAINER, eachBroken, forBreaking, WORKER } from './broken.fixture';
import { changedOverlay } from './changed-overlay.fixture';
import { keySourcesOf } from './key-sources';
import { deployFolder, namespaceOf } from './overlays';
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
          value: 'jwt-secret',
        },
      ],
      `${CONTAINER}.env[DATABASE_URL]: takes the key redis-url, which is that of REDIS_URL: take database-url`,
      'env[REDIS_URL]: takes the key jwt-secret, which is that of JWT_SECRET: take redis-url',
    ],
    [
      'a required variable that may be missing',
      api(ref('JWT_SECRET', 'optional'), true),
      'env[JWT_SECRET].valueFrom.secretKeyRef.optional: must not be set: without JWT_SECRET the process does not start',
    ],
    [
      'a secret of the rotation that must be there',
      api(ref('JWT_SECRET_PREVIOUS', 'optional')),
      'JWT_SECRET_PREVIOUS takes the key jwt-secret-previous of Secret app-secrets, which has database-url, redis-url, jwt-secret',
    ],
  ]);

  const previous = { secretKey: 'jwt-secret-previous', remoteRef: { key: 'app-secrets', property: 'x' } };
  const added = { object: 'ExternalSecret app-secrets', path: 'spec.data[another]', value: previous };

  test('that of a rotation may come, for the API takes it', async () => {
    expect(await faultsOf(broken(prod(), [added]))).toEqual([]);
    const nobody = { object: API, path: `${CONTAINER}.env[JWT_SECRET_PREVIOUS]` };
    expect(await faultsOf(broken(prod(), [added, nobody]))).toEqual([
      'ExternalSecret production/app-secrets: no container takes its key jwt-secret-previous: remove it, or refer to it',
    ]);
  });

  test.each(['external-secrets', 'vault'])(
    'that of a rotation comes by the patch in the README of %s',
    async (name) => {
      const readme = readFileSync(join(deployFolder, 'components', name, 'README.md'), 'utf8');
      const patch = /```yaml\n(patches:\n.*?)```/s.exec(readme)?.[1] ?? '';
      const rotating = await changedOverlay('prod', [
        [/components\/external-secrets/, `components/${name} # changed`],
        ['patches:\n', patch],
      ]);
      expect(await faultsOf(rotating)).toEqual([]);
      const secret = keySourcesOf(rotating).find((source) => source.name === 'app-secrets');
      expect([...(secret?.keys.keys() ?? [])]).toContain('jwt-secret-previous');
    },
  );

  test('those of an overlay that nobody has sealed', async () => {
    const sealed = await changedOverlay('prod', [
      ['components/external-secrets', 'components/sealed-secrets'],
    ]);
    expect(await faultsOf(sealed)).toEqual(
      ['database-url', 'jwt-secret', 'redis-url'].map(
        (key) =>
          `SealedSecret ${namespaceOf('prod')}/app-secrets: spec.encryptedData.${key}: is not sealed yet: components/sealed-secrets/README.md says how`,
      ),
    );
  });
});
