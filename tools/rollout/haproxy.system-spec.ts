import { faultsOf } from './result';
import { lostIn, quickRollout } from './rollout.fixture';

const LIMIT_MS = 240_000;
const SABOTAGE_LIMIT_MS = 90_000;

describe('behind haproxy, which keeps connections to the pods and shares them among clients', () => {
  test(
    'no request is lost in any scenario',
    async () => {
      const result = await quickRollout('--balancer', 'haproxy');
      expect(lostIn(result)).toEqual([]);
      expect(faultsOf(result)).toEqual([]);
    },
    LIMIT_MS,
  );

  test(
    'requests are lost when they are refused while a pod drains',
    async () => {
      const args = ['--only', 'scale-down', '--pods', '2', '--sabotage', '503-while-draining'];
      const result = await quickRollout('--balancer', 'haproxy', ...args);
      expect(lostIn(result)).toContainEqual(expect.stringContaining('5xx'));
    },
    SABOTAGE_LIMIT_MS,
  );

  test(
    'nothing is lost while a change is on its way for as long as preStop and drain last together; one of them is too little then',
    async () => {
      const scaleDown = ['--balancer', 'haproxy', '--only', 'scale-down', '--pods', '2'];
      expect(lostIn(await quickRollout(...scaleDown, '--propagation', '9s'))).toEqual([]);
      expect(
        lostIn(await quickRollout(...scaleDown, '--propagation', '9s', '--sabotage', 'no-prestop')),
      ).not.toEqual([]);
    },
    SABOTAGE_LIMIT_MS,
  );
});
