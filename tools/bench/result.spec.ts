import { compare } from './result';
import { table } from './table';

const requests = { what: 'requests', unit: '1/s', measured: [4000, 9000, 5000], baseline: [10_000] } as const;

it('compares the medians', () => {
  expect(compare(requests)).toEqual({
    what: 'requests',
    unit: '1/s',
    measured: 5000,
    baseline: 10_000,
    ratio: 0.5,
    samples: { measured: [4000, 9000, 5000], baseline: [10_000] },
  });
});

it.each([
  ['ratio', 'at least', 0.5, true],
  ['ratio', 'at least', 0.51, false],
  ['ratio', 'at most', 0.5, true],
  ['ratio', 'at most', 0.49, false],
  ['ratio', 'below', 0.5, false],
  ['measured', 'below', 5001, true],
] as const)('says whether %s is %s %d: %s', (of, bound, value, met) => {
  expect(compare({ ...requests, aim: { of, bound, value } }).met).toBe(met);
});

it('shows one line for each result, with an aim that was missed as plainly as one that was met', () => {
  const text = table([
    compare({ ...requests, aim: { of: 'ratio', bound: 'at least', value: 0.5 } }),
    compare({
      what: 'memory',
      unit: 'MB',
      measured: [120],
      aim: { of: 'measured', bound: 'below', value: 110 },
    }),
  ]);
  expect(text.split('\n').map((line) => line.replaceAll(/ {2,}/g, ' | '))).toEqual([
    ' | measured | baseline | ratio | aim | met',
    'requests | 5000 1/s | 10000 1/s | 0.50 | ratio at least 0.5 | yes',
    'memory | 120.0 MB | below 110 MB | NO',
  ]);
});
