import { setTimeout as wait } from 'node:timers/promises';
import { Figures } from './collection';
import { Metrics } from './metrics';

let metrics: Metrics;
let asked: number;
beforeEach(() => {
  metrics = Metrics.off();
  asked = 0;
});

const METRICS = {
  depth: { help: 'Depth.', labelNames: ['place'] },
  sunk_total: { type: 'counter', help: 'Sunk.' },
  tide: { help: 'Tide.' },
} as const;
type Names = keyof typeof METRICS;
const FIGURES: Record<Names, Figures> = {
  depth: [
    { labels: { place: 'here' }, value: 7 },
    { labels: { place: 'there' }, value: 0 },
  ],
  sunk_total: 3,
  tide: 0,
};
const ALL = ['depth{place="here"} 7', 'depth{place="there"} 0', 'sunk_total 3', 'tide 0'];
const FAILURES = 'metrics_collection_failures_total{collector="sea"}';

function collect(read: () => Record<Names, Figures> | Promise<Record<Names, Figures>>, keepMs = 0): void {
  const counting = () => {
    asked += 1;
    return read();
  };
  metrics.collect({ name: 'sea', metrics: METRICS, read: counting, keepMs });
}

async function samples(): Promise<string[]> {
  return (await metrics.scrape()).split('\n').filter((line) => /^(depth|sunk|tide)/.test(line));
}

const failures = async () =>
  /^metrics_collection_failures_total\S+ (\d+)$/m.exec(await metrics.registry.metrics())?.[1];

describe('a scrape', () => {
  it('asks each time, and says what it is told', async () => {
    collect(() => ({ ...FIGURES, sunk_total: asked * 10 }));
    expect(await samples()).toEqual(ALL.with(2, 'sunk_total 10'));
    expect(await samples()).toEqual(ALL.with(2, 'sunk_total 20'));
    expect(await metrics.scrape()).toContain(`${FAILURES} 0`);
  });

  it('says nothing of what is not there any more', async () => {
    collect(() => (asked === 1 ? FIGURES : { depth: [], sunk_total: undefined, tide: undefined }));
    expect(await samples()).toEqual(ALL);
    expect(await samples()).toEqual([]);
    expect(await failures()).toBe('0');
  });

  it.each([
    ['fails', () => Promise.reject(new Error('away'))],
    [
      'throws',
      () => {
        throw new Error('away');
      },
    ],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('leaves out, and counts, what %s, and serves the rest', async (_, read) => {
    collect(() => (asked === 1 ? FIGURES : read()));
    metrics.collect({ name: 'land', metrics: { hills: { help: 'Hills.' } }, read: () => ({ hills: 2 }) });
    expect(await samples()).toEqual(ALL);
    expect(await samples()).toEqual([]);
    expect(await failures()).toBe('1');
    expect(await metrics.scrape()).toMatch(/^hills 2$/m);
  });

  it('says everything again once it is answered again', async () => {
    collect(() => (asked === 1 ? Promise.reject(new Error('away')) : FIGURES));
    expect(await samples()).toEqual([]);
    expect(await samples()).toEqual(ALL);
  });

  it('shares a question that is under way, also one that hangs, with the others', async () => {
    let answer: (figures: typeof FIGURES) => void = () => undefined;
    collect(() => new Promise((resolve) => (answer = resolve)));
    expect(await Promise.all([samples(), samples()])).toEqual([[], []]);
    const third = samples();
    await wait(1);
    answer(FIGURES);
    expect(await third).toEqual(ALL);
    expect(asked).toBe(1);
  });

  it('does not ask again for as long as an answer is kept, and then does', async () => {
    collect(() => FIGURES, 60_000);
    expect(await samples()).toEqual(ALL);
    expect(await samples()).toEqual(ALL);
    expect(asked).toBe(1);
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockImplementation(() => now + 60_000);
    expect(await samples()).toEqual(ALL);
    expect(asked).toBe(2);
    clock.mockRestore();
  });

  it('does not keep a failure', async () => {
    collect(() => (asked === 1 ? Promise.reject(new Error('away')) : FIGURES), 60_000);
    await samples();
    expect(await samples()).toEqual(ALL);
  });
});
