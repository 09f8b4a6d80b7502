import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from './load/load-plan';
import { picture } from './report/picture';
import { report } from './report/table';
import { faultsOf, type RolloutResult } from './result';
import { lostIn, quickRollout } from './rollout.fixture';

/** Of everything together on two busy cores; alone it takes about 45 s. */
const LIMIT_MS = 240_000;
const SABOTAGE_LIMIT_MS = 90_000;

describe('under load, with the timings of the prod overlay', () => {
  let result: RolloutResult;
  beforeAll(async () => {
    result = await quickRollout('--balancer', 'builtin');
  }, LIMIT_MS);

  test.each(['rolling restart', 'scale-down', 'rollback', 'node drain'])('a %s loses no request', (title) => {
    expect(lostIn(result, title)).toEqual([]);
  });

  test('nothing else that has to hold was broken, and no confirmed registration is lost', () => {
    expect(lostIn(result)).toEqual([]);
    expect(faultsOf(result)).toEqual([]);
  });

  test('every pod that was stopped had time to close in order', () => {
    const exits = result.scenarios.flatMap((scenario) => scenario.exits);
    expect(exits).toHaveLength(3 + 4 + 2 + 2);
    expect(exits).toEqual(exits.map(() => 0));
  });

  test('a rolling restart and a scale-down go through while requests of every kind are under way', () => {
    for (const { actedAtMs, settledAtMs } of result.scenarios.slice(0, 1)) {
      const during = result.records.filter(({ atMs }) => atMs >= actedAtMs && atMs < settledAtMs);
      expect(new Set(during.map(({ kind }) => kind))).toEqual(new Set(KINDS));
      expect(new Set(during.map(({ keptAlive }) => keptAlive))).toEqual(new Set([true, false]));
    }
  });

  test('is reported as a table and as a picture', () => {
    expect(report(result)).toMatch(/^rolling restart +\d+ +0 +0 /m);
    const svg = picture(result);
    expect(svg).toContain('no request failed');
    for (const { title } of result.scenarios) expect(svg).toContain(`>${title}</text>`);
    expect(Buffer.byteLength(svg)).toBeLessThan(60_000);
  });
});

describe('the proof fails', () => {
  const scaleDown = ['--balancer', 'builtin', '--only', 'scale-down', '--pods', '2'];

  test.each([
    ['without preStop and drain', 'no-drain'],
    ['with SIGKILL in place of SIGTERM', 'kill'],
  ])(
    '%s',
    async (_how, sabotage) => {
      const result = await quickRollout(...scaleDown, '--sabotage', sabotage);
      expect(faultsOf(result)).toEqual([expect.stringMatching(/^\d+ of \d+ requests failed$/)]);
      expect(picture(result)).toContain(`sabotaged: ${sabotage}`);
    },
    SABOTAGE_LIMIT_MS,
  );
});

test('the picture in the documents is small', () => {
  expect(readFileSync(join(__dirname, '../../docs/rollout.svg')).byteLength).toBeLessThan(60_000);
});
