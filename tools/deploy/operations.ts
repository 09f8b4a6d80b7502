export interface Target {
  /** The overlay's. */
  folder: string;
  namespace: string;
  /** Names of its Deployments. */
  deployments: readonly string[];
  workload: string;
  localPort: string;
}

export interface Operation {
  about: string;
  /** The calls of kubectl, in order. The first that fails ends the operation. */
  kubectl: (target: Target) => string[][];
  /** Exit codes that are no failure, beside 0. */
  alsoFine?: readonly number[];
}

/** How long `status` waits for a Deployment; a rollout that stalls says so itself, after its progressDeadlineSeconds. */
const ROLLOUT_TIMEOUT = '15m';

const inNamespace = ({ namespace }: Target) => ['-n', namespace];

/** What needs a cluster. */
export const CLUSTER_OPERATIONS = {
  diff: {
    about: 'what applying it would change in the cluster',
    kubectl: ({ folder }) => [['diff', '-k', folder]],
    // There are differences.
    alsoFine: [1],
  },
  apply: {
    about: 'apply it to the cluster of the current context',
    kubectl: ({ folder }) => [['apply', '-k', folder]],
  },
  status: {
    about: 'wait until it is rolled out, or say why not',
    kubectl: (target) => [
      ['get', 'jobs', '-l', 'app=migrate', ...inNamespace(target)],
      ...target.deployments.map((name) => [
        ...['rollout', 'status', `deployment/${name}`],
        ...inNamespace(target),
        `--timeout=${ROLLOUT_TIMEOUT}`,
      ]),
    ],
  },
  rollback: {
    about: 'back to the release before, until the next apply; migrations stay',
    kubectl: (target) =>
      target.deployments.map((name) => ['rollout', 'undo', `deployment/${name}`, ...inNamespace(target)]),
  },
  logs: {
    about: 'follow the log of a workload, of all its pods',
    kubectl: (target) => [
      [
        ...['logs', '-f', '-l', `app=${target.workload}`],
        ...inNamespace(target),
        ...['--tail=100', '--prefix', '--max-log-requests=50'],
      ],
    ],
  },
  'port-forward': {
    about: 'the API on this machine',
    kubectl: (target) => [
      ['port-forward', 'service/api-server', `${target.localPort}:80`, ...inNamespace(target)],
    ],
  },
} satisfies Record<string, Operation>;

export const OPERATIONS = {
  render: { about: 'print the overlay' },
  validate: { about: 'check it against the schemas, the code and the rules' },
  ...CLUSTER_OPERATIONS,
};

export type OperationName = keyof typeof OPERATIONS;
