import type { Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';
import { addToYaml, readYaml, removeFromYaml } from './yaml-file';

const FOLDER = 'deploy/components/keda';
/** Where nothing says where Redis is. */
const ADDRESS = 'redis.example.com:6379';

/** Lets KEDA count a queue of an app, what waits and what runs. Where it has counted none yet, it scales the app from now on. */
export function addTriggers(tree: Tree, app: string, queue: string): void {
  const file = `${FOLDER}/${app}.yaml`;
  if (!tree.exists(file)) addScaledObject(tree, app, file);
  const first = readYaml(tree, file, ['spec', 'triggers', 0, 'metadata', 'address']);
  for (const [name, state, listLength] of [
    ['waiting', 'wait', '10'],
    ['active', 'active', '1'],
  ] as const)
    addToYaml(tree, file, ['spec', 'triggers'], {
      type: 'redis',
      name: `${queue}-${name}`,
      metricType: 'AverageValue',
      metadata: { address: first ?? ADDRESS, listName: `${keyPrefix(tree)}:${queue}:${state}`, listLength },
    });
}

/** KEDA counts a queue of an app no longer; where it was the only one, the app is scaled by nothing any more. */
export function removeTriggers(tree: Tree, app: string, queue: string): void {
  const file = `${FOLDER}/${app}.yaml`;
  const counts = (trigger: unknown) =>
    (trigger as { metadata: { listName?: string } }).metadata.listName?.split(':').at(-2) === queue;
  if (removeFromYaml(tree, file, ['spec', 'triggers'], counts) > 0) return;
  tree.delete(file);
  const component = `${FOLDER}/kustomization.yaml`;
  removeFromYaml(tree, component, ['resources'], (resource) => resource === `${app}.yaml`);
  removeFromYaml(
    tree,
    component,
    ['patches'],
    (patch) => (patch as { target?: { name?: string } }).target?.name === app,
  );
}

function addScaledObject(tree: Tree, app: string, file: string): void {
  tree.write(
    file,
    `apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: ${app}
  labels:
    app: ${app}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: ${app}
  minReplicaCount: 1
  maxReplicaCount: 5
  # A list of BullMQ each: REDIS_KEY_PREFIX, the queue, the state. The longer one, per pod, decides.
  triggers:
`,
  );
  const component = `${FOLDER}/kustomization.yaml`;
  addToYaml(tree, component, ['resources'], `${app}.yaml`);
  addToYaml(tree, component, ['patches'], {
    target: { kind: 'Deployment', name: app },
    patch: '[{"op": "remove", "path": "/spec/replicas"}]',
  });
}

/** The default of REDIS_KEY_PREFIX, with which BullMQ's keys begin. */
function keyPrefix(tree: Tree): string {
  const source = tree.read('libs/redis/src/variables.ts', 'utf8') ?? '';
  const prefix = /REDIS_KEY_PREFIX: \{[\s\S]*?default: '([^']+)'/.exec(source)?.[1];
  if (!prefix) throw new Fault('There is no default of REDIS_KEY_PREFIX in libs/redis/src/variables.ts');
  return prefix;
}
