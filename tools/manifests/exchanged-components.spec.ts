import { withoutAdded } from './broken.fixture';
import { changedOverlay } from './changed-overlay.fixture';
import { faultsOf } from './validate';

const FEWER_PODS = `  - patch: '[{"op": "replace", "path": "/spec/maxReplicaCount", "value": 4}]'
    target: { kind: ScaledObject, name: api-server }
`;

test('staging takes keda in place of hpa once the patches of hpa are out', async () => {
  const rendered = await changedOverlay('staging', [
    ['components/hpa', 'components/keda'],
    ['  - path: hpa.yaml\n  - path: worker.yaml\n', FEWER_PODS],
  ]);
  expect(await faultsOf(withoutAdded(rendered))).toEqual([]);
});

test('staging takes gateway-api in place of ingress once the patch of ingress is out', async () => {
  const rendered = await changedOverlay('staging', [
    ['components/ingress', 'components/gateway-api'],
    ['  - path: ingress.yaml\n', ''],
  ]);
  expect(await faultsOf(withoutAdded(rendered))).toEqual([]);
});
