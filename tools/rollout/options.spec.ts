import { parseOptions } from './options';

it('plays every scenario on the prod overlay when nothing is said', () => {
  expect(parseOptions([])).toMatchObject({
    overlay: 'prod',
    only: ['restart', 'scale-down', 'rollback', 'drain'],
    sabotage: undefined,
    propagationMs: undefined,
    quick: false,
  });
});

it.each([
  ['2s', 2_000],
  ['500ms', 500],
  ['1.5', 1_500],
])('reads the duration %s', (text, ms) => {
  expect(parseOptions(['--propagation', text]).propagationMs).toBe(ms);
});

it.each([
  [['--only', 'stop'], 'there are restart, scale-down, rollback, drain'],
  [['--sabotage', 'x'], 'there are no-drain, no-prestop, kill, 503-while-draining'],
  [['--balancer', 'x'], 'there are haproxy, builtin'],
  [['--speed', '0'], '--speed must be a number above 0'],
  [['--propagation', 'soon'], 'must be a duration'],
  [['--fast'], 'see npm run rollout -- --help'],
])('refuses %s and says what there is', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
