import { variableSets } from '../../generate/processes';
import { fault } from '../fault';
import { ofKind } from '../objects';
import { ownContainers } from '../processes';
import type { Rule } from '../rendered';

/** Each of our processes runs somewhere. Were an image renamed, no other rule would know its containers any more. */
export const allProcesses: Rule = ({ objects, runsElsewhere = [] }) => {
  const running = new Set([...ownContainers(objects).map(({ process }) => process), ...runsElsewhere]);
  const [first] = objects;
  return Object.keys(variableSets)
    .filter((process) => first !== undefined && !running.has(process))
    .map((process) => ({
      object: 'all objects',
      path: '',
      message: `no container runs ${process}: add one, or name its image in tools/manifests/processes.ts`,
    }));
};

const ROLLOUT_FIELDS = ['minReadySeconds', 'progressDeadlineSeconds'] as const;

/** A rollout can begin, and can end before it counts as failed. */
export const possibleRollouts: Rule = ({ objects }) =>
  ofKind(objects, 'Deployment').flatMap((object) => {
    const { strategy, minReadySeconds = 0, progressDeadlineSeconds = 600 } = object.spec ?? {};
    const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
    const isNone = (value: unknown) => value === 0 || value === '0%';
    return [
      ...(isNone(maxSurge) && isNone(maxUnavailable)
        ? [
            fault(
              object,
              'spec.strategy.rollingUpdate.maxSurge',
              'must be more than 0, as maxUnavailable is 0',
            ),
          ]
        : []),
      ...(minReadySeconds < progressDeadlineSeconds
        ? []
        : [
            fault(
              object,
              'spec.minReadySeconds',
              `must be less than progressDeadlineSeconds (${progressDeadlineSeconds} s), or no rollout ever ends well`,
            ),
          ]),
    ];
  });

/** A rollout never takes a pod away before its successor has proven itself, and gives up at some time. */
export const rollouts: Rule = ({ objects }) =>
  ofKind(objects, 'Deployment').flatMap((object) => {
    const { strategy } = object.spec ?? {};
    return [
      ...ROLLOUT_FIELDS.filter((field) => !object.spec?.[field]).map((field) =>
        fault(object, `spec.${field}`, 'must be set'),
      ),
      ...(strategy?.rollingUpdate?.maxUnavailable === 0
        ? []
        : [
            fault(
              object,
              'spec.strategy.rollingUpdate.maxUnavailable',
              'must be 0: a rollout would take pods away first',
            ),
          ]),
    ];
  });
