import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KINDS } from './load/traffic';
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

  test('nothing else that has to hold was broken, and nothing that was confirmed is lost', () => {
    expect(lostIn(result)).toEqual([]);
    expect(faultsOf(result)).toEqual([]);
  });

  test('every pod that was stopped had time to close in order', () => {
    const exits = result.scenarios.map((scenario) => scenario.exits);
    // 78: of the release that is wrongly configured.
    expect(exits).toEqual([
      [0, 0, 0],
      [0, 0, 0, 0],
      [0, 78, 0],
      [0, 0],
    ]);
  });

  test.each(KINDS)(
    'requests of the kind "%s" were sent meanwhile, on new and on kept connections',
    (kind) => {
      const restart = result.scenarios.find(({ title }) => title === 'rolling restart');
      const { actedAtMs = 0, settledAtMs = 0 } = restart ?? {};
      const during = result.records.filter(({ atMs }) => atMs >= actedAtMs && atMs < settledAtMs);
      const ways = during.filter((record) => record.kind === kind).map(({ keptAlive }) => keptAlive);
      expect([...new Set(ways)].sort()).toEqual([false, true]);
    },
  );

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
