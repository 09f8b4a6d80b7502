import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { API, api, broken, CONTAINER, eachBroken, env, forBreaking } from './broken.fixture';
import { changedOverlay } from './changed-overlay.fixture';
import { keySourcesOf } from './key-sources';
import { deployFolder } from './overlays';
import { faultsOf } from './validate';

const rendered = forBreaking({ cronJobs: ['cleanup-expired-sessions'] });
const prod = () => rendered.prod;

describe('the secret that signs tokens', () => {
  eachBroken(prod, [
    [
      'a weak secret',
      env('JWT_SECRET', 'a'.repeat(40)),
      'JWT_SECRET is too uniform for production',
      'no container takes its key jwt-secret',
      'env[JWT_SECRET]: stands in the manifest: take it from a Secret',
    ],
    [
      'a Secret that is not there',
      api('env[JWT_SECRET].valueFrom.secretKeyRef.name', 'secrets'),
      'env[JWT_SECRET]: there is no Secret secrets',
      'JWT_SECRET is required',
      'takes its key jwt-secret',
    ],
    [
      'a key that the ExternalSecret does not bring',
      { object: 'ExternalSecret app-secrets', path: 'spec.data[1].secretKey', value: 'jwt' },
      'JWT_SECRET takes the key jwt-secret of Secret app-secrets, which has database-url, jwt, redis-url',
      'JWT_SECRET is required',
      'no container takes its key jwt:',
    ],
    [
      'an ExternalSecret that makes another Secret',
      { object: 'ExternalSecret app-secrets', path: 'spec.target.name', value: 'other' },
      ...[
        'DATABASE_URL',
        'REDIS_URL',
        'JWT_SECRET',
        'DATABASE_URL',
        'REDIS_URL',
        'DATABASE_URL',
        'DATABASE_URL',
      ].map(() => 'there is no Secret app-secrets'),
      ...Array.from({ length: 7 }, () => 'is required'),
      ...Array.from({ length: 3 }, () => 'no container takes its key'),
    ],
    [
      'a secret of the rotation that must be there',
      api('env[JWT_SECRET_PREVIOUS].valueFrom.secretKeyRef.optional'),
      'JWT_SECRET_PREVIOUS takes the key jwt-secret-previous of Secret app-secrets, which has database-url, jwt-secret, redis-url',
    ],
  ]);

  eachBroken(
    () => rendered.keda,
    [
      [
        'a key that Vault does not bring',
        {
          object: 'VaultStaticSecret app-secrets',
          path: 'spec.destination.transformation.templates.jwt-secret',
        },
        'JWT_SECRET takes the key jwt-secret',
        'JWT_SECRET is required',
      ],
    ],
  );

  const secret = (text: string) => Buffer.from(text).toString('base64');
  eachBroken(
    () => rendered.dev,
    [
      [
        'a generated secret that its process refuses',
        { object: 'Secret app-secrets', path: 'data.jwt-secret', value: secret('short') },
        'env[JWT_SECRET]: JWT_SECRET must be text of 32 to 1024 characters',
      ],
      [
        'a placeholder in production',
        { object: 'ConfigMap app-config', path: 'data.NODE_ENV', value: 'production' },
        ...['DATABASE_URL', 'JWT_SECRET', 'DATABASE_URL', 'QUEUE_PAGE_PASSWORD', 'DATABASE_URL'].map(
          (name) => `${name} is a placeholder`,
        ),
      ],
    ],
  );

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
});
