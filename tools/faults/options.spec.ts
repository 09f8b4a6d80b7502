import { parseOptions } from './options';

it('is short when nothing is said', () => {
  expect(parseOptions([])).toEqual({ help: false, long: false });
});

it('takes --long', () => {
  expect(parseOptions(['--long'])).toEqual({ help: false, long: true });
});

it('names an option that it does not know', () => {
  expect(() => parseOptions(['--log'])).toThrow('There is no option --log: see npm run faults -- --help');
});
