import { parseOptions } from './options';

describe('npm start', () => {
  test('serves the api, the worker, and every other service', () => {
    const { apps, ...flags } = parseOptions([]);
    expect(flags).toEqual({ help: false, fresh: false });
    expect(apps.slice(0, 2)).toEqual(['api', 'worker']);
    expect(apps).not.toContain('migrate');
  });

  test('serves only what is named, each once', () => {
    expect(parseOptions(['worker', 'worker', '--fresh'])).toEqual({
      help: false,
      fresh: true,
      apps: ['worker'],
    });
  });

  test.each([
    ['--fast', 'There is no option --fast: see npm start -- --help'],
    ['apy', 'There is no app apy: there are '],
  ])('refuses %s in one line', (argument, message) => {
    expect(() => parseOptions([argument])).toThrow(message);
  });
});
