import type { Tree } from '@nx/devkit';
import { isMap, parseDocument, YAMLMap } from 'yaml';
import { Fault } from '../../start/fault';

const FILE = 'deploy/components/keda/worker.yaml';
/** Where nothing says where Redis is. */
const ADDRESS = 'redis.example.com:6379';

/**
 * Lets KEDA count a queue: what waits, and what runs.
 *
 * @throws Fault when the ScaledObject of the worker is not there
 */
export function addTriggers(tree: Tree, queue: string): void {
  const document = parseDocument(tree.read(FILE, 'utf8') ?? '');
  const triggers = document.getIn(['spec', 'triggers']);
  if (!isMap(document.contents)) throw new Fault(`There is no ScaledObject in ${FILE}: put it back`);
  const present = triggers instanceof Object && 'items' in triggers ? (triggers.items as YAMLMap[]) : [];
  const address = present.map((trigger) => trigger.getIn(['metadata', 'address'])).find(Boolean) ?? ADDRESS;
  for (const [name, state, listLength] of [
    ['waiting', 'wait', '10'],
    ['active', 'active', '1'],
  ])
    document.addIn(['spec', 'triggers'], {
      type: 'redis',
      name: `${queue}-${name ?? ''}`,
      metricType: 'AverageValue',
      metadata: { address, listName: `${keyPrefix(tree)}:${queue}:${state ?? ''}`, listLength },
    });
  tree.write(FILE, document.toString({ lineWidth: 0, singleQuote: true }));
}

/** The default of REDIS_KEY_PREFIX, with which BullMQ's keys begin. */
function keyPrefix(tree: Tree): string {
  const source = tree.read('libs/redis/src/variables.ts', 'utf8') ?? '';
  const prefix = /REDIS_KEY_PREFIX: \{[\s\S]*?default: '([^']+)'/.exec(source)?.[1];
  if (!prefix) throw new Fault('There is no default of REDIS_KEY_PREFIX in libs/redis/src/variables.ts');
  return prefix;
}
