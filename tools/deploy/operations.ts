import { logLevel } from './log-level';
import { productName } from '../start/local-files';
import { previousRelease, type ReplicaSetList } from './previous-release';

export interface Target {
  /** The overlay's. */
  folder: string;
  namespace: string;
  /** Names of its Deployments. */
  deployments: readonly string[];
  /** Names of its StatefulSets. */
  statefulSets: readonly string[];
  workload: string;
  localPort: string;
  /** The log level that is wanted. */
  level: string | undefined;
  seconds: string | undefined;
}

/** @returns what kubectl prints as JSON */
export type ReadCluster = (args: string[]) => unknown;

export interface Operation {
  about: string;
  /**
   * The calls of kubectl, in order. The first that fails ends the operation.
   *
   * @throws Fault when the cluster has not what it takes
   */
  kubectl?: (target: Target, read: ReadCluster) => string[][];
  /** In place of such calls. @returns the exit code */
  run?: (target: Target, read: ReadCluster) => Promise<number>;
  /** What else to show when one has failed. */
  whenFailed?: (target: Target) => string[][];
  /** Exit codes that are no failure, beside 0. */
  alsoFine?: readonly number[];
  /** Whether it also works where nothing has been applied yet. */
  makesNamespace?: boolean;
}

/** Longer than the progressDeadlineSeconds of the Deployments, past which a rollout says itself that it stalls. */
const ROLLOUT_TIMEOUT = '25m';
const OURS = ['-l', `app.kubernetes.io/part-of=${productName()}`];

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
    makesNamespace: true,
  },
  status: {
    about: 'wait until it is rolled out, or show what keeps it',
    kubectl: (target) => [
      ['get', 'jobs', '-l', 'app=migrate', ...inNamespace(target)],
      ...[
        ...target.statefulSets.map((name) => `statefulset/${name}`),
        ...target.deployments.map((name) => `deployment/${name}`),
      ].map((name) => ['rollout', 'status', name, ...inNamespace(target), `--timeout=${ROLLOUT_TIMEOUT}`]),
    ],
    whenFailed: (target) => [
      ['get', 'jobs,pods', ...OURS, ...inNamespace(target)],
      ['get', 'events', '--field-selector=type=Warning', '--sort-by=.lastTimestamp', ...inNamespace(target)],
    ],
  },
  rollback: {
    about: 'all Deployments back to the release before; the CronJob and migrations stay',
    kubectl: (target, read) => {
      const list = read(['get', 'replicasets', ...OURS, '-o', 'json', ...inNamespace(target)]);
      return previousRelease(list as ReplicaSetList, target.deployments).map(({ name, revision }) => [
        ...['rollout', 'undo', `deployment/${name}`, `--to-revision=${revision}`],
        ...inNamespace(target),
      ]);
    },
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
  'log-level': {
    about: 'show the log level of all pods of a workload, or change it for a while',
    run: logLevel,
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
  promote: { about: 'set its release to --release=<version>, or to that of --from=<overlay>' },
  ...CLUSTER_OPERATIONS,
};

export type OperationName = keyof typeof OPERATIONS;
