import { measurements } from './measurements';
import { parseOptions } from './options';

it('measures everything when nothing is said', () => {
  expect(parseOptions([])).toEqual({
    help: false,
    quick: false,
    only: measurements,
    json: undefined,
  });
});

it('takes measurements by number and by name, and keeps their order', () => {
  expect(parseOptions(['--only', '2,start', '--quick', '--json', 'out.json'])).toEqual({
    help: false,
    quick: true,
    only: measurements.slice(0, 2),
    json: 'out.json',
  });
});

it.each(['9', '0', 'stop', '', '1,,2'])('refuses the measurement "%s" and says which there are', (only) => {
  expect(() => parseOptions(['--only', only])).toThrow('there are 1 start, 2 requests, 3 build');
});

it.each([['--fast'], ['start'], ['--json']])('refuses %s and says where to look', (...args) => {
  expect(() => parseOptions(args)).toThrow('see npm run bench -- --help');
});
