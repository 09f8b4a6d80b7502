import { parseOptions } from './options';

it('runs everything, from the cache where it can, when nothing is said', () => {
  expect(parseOptions([])).toEqual({ help: false, cache: true, projects: [] });
});

it('takes names of projects', () => {
  expect(parseOptions(['db', '--no-cache', 'config'])).toEqual({
    help: false,
    cache: false,
    projects: ['db', 'config'],
  });
});

it('names an option that it does not know', () => {
  expect(() => parseOptions(['--watch'])).toThrow('There is no option --watch: see npm test -- --help');
});
