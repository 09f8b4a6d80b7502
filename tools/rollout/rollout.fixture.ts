import { scratchFolder } from '@kubernest/testing';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseOptions } from './options';
import { failedRecords, races, type RolloutResult } from './result';
import { rollOut } from './rollout';

/** As `npm run rollout -- <args>`, small and short. */
export function quickRollout(...args: string[]): Promise<RolloutResult> {
  const folder = scratchFolder();
  mkdirSync(resolve(folder), { recursive: true });
  return rollOut({
    ...parseOptions(['--quick', '--rate', '20', ...args]),
    folder,
    interrupted: new AbortController().signal,
    progress: () => undefined,
  });
}

/** In words, so that a test that fails says what was lost; of one scenario, or of everything. */
export function lostIn({ records, scenarios }: RolloutResult, title?: string): string[] {
  const { beganAtMs = 0, endedAtMs = Infinity } = scenarios.find((each) => each.title === title) ?? {};
  return [...failedRecords(records), ...races(records)]
    .filter(({ atMs }) => atMs >= beganAtMs && atMs <= endedAtMs)
    .map(
      ({ kind, keptAlive, outcome, detail }) =>
        `${kind}, ${keptAlive ? 'kept' : 'new'} connection: ${outcome} ${detail ?? ''}`,
    );
}
