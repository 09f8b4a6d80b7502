import { scratchFolder } from '@kubernest/testing';
import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse, stringify } from 'yaml';
import { findRenderer, parseObjects } from './kustomize';
import { ofKind } from './objects';
import { appSecretKeys, deployFolder } from './overlays';

/** What the README of the component tells people to add to an overlay. */
function patchesOfReadme(): object {
  const readme = readFileSync(join(deployFolder, 'components/sealed-secrets/README.md'), 'utf8');
  return parse(/```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '') as object;
}

test('what kubeseal writes takes the place of the values that are not sealed yet', async () => {
  const folder = scratchFolder();
  const sealed = {
    apiVersion: 'bitnami.com/v1alpha1',
    kind: 'SealedSecret',
    metadata: { name: 'app-secrets', namespace: 'production', creationTimestamp: null },
    spec: {
      encryptedData: Object.fromEntries(appSecretKeys().map((key) => [key, `AgA ${key}`])),
      template: { metadata: { name: 'app-secrets', namespace: 'production', creationTimestamp: null } },
    },
  };
  writeFileSync(join(folder, 'sealed-secret.yaml'), stringify(sealed));
  const kustomization = {
    namespace: 'production',
    resources: [relative(folder, join(deployFolder, 'base'))],
    components: [relative(folder, join(deployFolder, 'components/sealed-secrets'))],
    ...patchesOfReadme(),
  };
  writeFileSync(join(folder, 'kustomization.yaml'), stringify(kustomization));
  const objects = parseObjects(await (await findRenderer()).render(folder));
  const [secret] = ofKind(objects, 'SealedSecret');
  expect(secret?.metadata).toMatchObject({ name: 'app-secrets', namespace: 'production' });
  expect(secret?.spec?.encryptedData).toEqual(sealed.spec.encryptedData);
});
