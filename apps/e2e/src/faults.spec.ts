import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bothAway } from './faults/at-the-start';
import { LONG } from './faults/length';
import { clockJumps, loopBlocks, memoryEnds } from './faults/of-a-process';
import { ofPostgres } from './faults/of-postgres';
import { ofRedis } from './faults/of-redis';
import { ofTheNetwork } from './faults/of-the-network';
import type { Fault, Finding } from './faults/finding';
import { Observer, RECOVERY_MS } from './faults/observe';
import { Stage } from './faults/stage';
import { documentedRows, fixedCells, writeTable } from './faults/table';
import { killRunning, RunningApp } from './support/running-app';

/** `npm run faults`: the document is written instead of compared. */
const WRITE = process.env['FAULTS_WRITE'] === '1';
const RESULTS = join(__dirname, '../../../dist/faults');
const TIMEOUT_MS = LONG ? 1_200_000 : 300_000;

let findings: Finding[];

/* Each stage has servers and processes of its own, so they do not wait for each other. */
beforeAll(async () => {
  const all = await Promise.allSettled([
    suffer({}, ofPostgres),
    suffer({}, ofRedis),
    suffer({ links: true }, ofTheNetwork),
    withStage(Stage.empty(), async (stage) => [await bothAway(stage)]),
    withStage(Stage.open(), async (stage) => {
      await stage.startApps();
      await stage.api.ready();
      return [await clockJumps(stage), await loopBlocks(stage), await memoryEnds(stage)];
    }),
  ]);
  for (const outcome of all) if (outcome.status === 'rejected') throw outcome.reason;
  findings = all.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []));
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(join(RESULTS, 'findings.json'), JSON.stringify(findings, undefined, 2));
  if (WRITE && findings.every(({ violations }) => violations.length === 0)) writeTable(findings);
}, TIMEOUT_MS);

afterAll(killRunning);

async function suffer(options: Parameters<typeof Stage.open>[0], faults: Fault[]): Promise<Finding[]> {
  return withStage(Stage.open(options), async (stage) => {
    const observer = await Observer.of(stage);
    const found: Finding[] = [];
    try {
      for (const fault of faults) found.push(await observer.observe(fault).catch(failed(fault.name, stage)));
    } finally {
      await observer.stop();
    }
    return found;
  });
}

/** What could not even be observed is a finding as well. */
const failed =
  (fault: string, { api, worker }: Stage) =>
  (error: unknown) => {
    const nothing = { liveness: '', readiness: '', answers: '', worker: '', log: '' };
    return {
      fault,
      ...nothing,
      slowestMs: 0,
      backAfterMs: Infinity,
      violations: [String(error).slice(0, 500), ...[api, worker].map(lastWords)],
    };
  };

const lastWords = ({ output }: RunningApp) => `the log ended with: ${output.slice(-2000)}`;

async function withStage(opening: Promise<Stage>, work: (stage: Stage) => Promise<Finding[]>) {
  const stage = await opening;
  try {
    return await work(stage);
  } finally {
    await stage.close();
  }
}

const names = [...ofPostgres, ...ofRedis, ...ofTheNetwork].map(({ name }) => name);
const others = [
  'both away when the processes start',
  'the clock of a process jumps ahead of that of Postgres',
  'the event loop of an api stands still',
  'the memory of an api ends',
];

describe.each([...names, ...others])('%s', (name) => {
  const finding = () => findings.find(({ fault }) => fault.startsWith(name)) as Finding;

  it('costs nothing that was promised: no wrong answer, no hang, no crash, no leak, nothing lost or resurrected', () => {
    expect(finding().violations).toEqual([]);
  });

  it('is over without a restart soon after', () => {
    expect(finding().backAfterMs ?? 0).toBeLessThan(RECOVERY_MS);
  });

  it(WRITE ? 'is written into docs/operations.md' : 'shows itself as docs/operations.md says', () => {
    expect(documentedRows()).toContain(fixedCells(finding()));
  });
});

it('docs/operations.md has no row of a fault that nobody tried', () => {
  expect(documentedRows()).toHaveLength(names.length + others.length);
});
