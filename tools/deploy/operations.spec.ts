import { CLUSTER_OPERATIONS, type Target } from './operations';

const target: Target = {
  folder: 'deploy/overlays/prod',
  namespace: 'production',
  deployments: ['api-server', 'worker'],
  workload: 'worker',
  localPort: '8080',
};

test.each([
  ['diff', ['diff -k deploy/overlays/prod']],
  ['apply', ['apply -k deploy/overlays/prod']],
  [
    'status',
    [
      'get jobs -l app=migrate -n production',
      'rollout status deployment/api-server -n production --timeout=15m',
      'rollout status deployment/worker -n production --timeout=15m',
    ],
  ],
  [
    'rollback',
    ['rollout undo deployment/api-server -n production', 'rollout undo deployment/worker -n production'],
  ],
  ['logs', ['logs -f -l app=worker -n production --tail=100 --prefix --max-log-requests=50']],
  ['port-forward', ['port-forward service/api-server 8080:80 -n production']],
] as const)('%s calls kubectl in the namespace of the overlay', (name, calls) => {
  expect(CLUSTER_OPERATIONS[name].kubectl(target).map((args) => args.join(' '))).toEqual(calls);
});
