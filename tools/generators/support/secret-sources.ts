import type { Tree } from '@nx/devkit';
import { addToYaml, setInYaml } from './yaml-file';

/** For NODE_ENV=development: production refuses both. */
const IN_DEV = 'dev-only-secret-of-at-least-32-bytes';

/** Has the Secret `app-secrets` a key more, wherever it comes from: a secret component, or the dev overlay itself. */
export function addSecretKey(tree: Tree, key: string): void {
  const components = 'deploy/components';
  addToYaml(tree, `${components}/external-secrets/external-secret.yaml`, ['spec', 'data'], {
    secretKey: key,
    remoteRef: { key: 'app-secrets', property: key },
  });
  setInYaml(
    tree,
    `${components}/sealed-secrets/sealed-secret.yaml`,
    ['spec', 'encryptedData', key],
    'not-sealed-yet',
  );
  setInYaml(
    tree,
    `${components}/vault/vault-static-secret.yaml`,
    ['spec', 'destination', 'transformation', 'templates', key],
    { text: `{{ get .Secrets "${key}" }}` },
  );
  const literals = ['secretGenerator', 0, 'literals'];
  addToYaml(tree, 'deploy/overlays/dev/kustomization.yaml', literals, `${key}=${IN_DEV}`);
}
