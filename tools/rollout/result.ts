import type { Exit } from './cluster/container';
import type { PodChange, PodMark, Phase } from './journal';
import type { RequestRecord } from './load/load-plan';
import type { RolloutOptions } from './options';

export interface Check {
  what: string;
  holds: boolean;
}

export interface ScenarioResult {
  title: string;
  /** By the machine's clock: before, and after, nothing changes. */
  beganAtMs: number;
  actedAtMs: number;
  settledAtMs: number;
  endedAtMs: number;
  steps: Phase[];
  checks: Check[];
  /** A drain counts these; */
  fewestReady: number;
  /** a rollout those that have been ready for minReadySeconds. */
  fewestAvailable: number;
  mostPods: number;
  /** Of the containers that ended in it. */
  exits: Exit[];
}

/** All that a run found; the reports are made of it. */
export interface RolloutResult {
  options: RolloutOptions;
  /** In the manifest's time. */
  propagationMs: number;
  beganAtMs: number;
  endedAtMs: number;
  scenarios: ScenarioResult[];
  changes: PodChange[];
  marks: PodMark[];
  records: RequestRecord[];
  /** What was confirmed, and is not in the database. */
  lostWrites: number;
}

export function failedRecords(records: readonly RequestRecord[]): RequestRecord[] {
  return records.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'race');
}

export function races(records: readonly RequestRecord[]): RequestRecord[] {
  return records.filter(({ outcome }) => outcome === 'race');
}

/** Everything that has to hold and does not, in words. Empty: the promise was kept. */
export function faultsOf({ scenarios, records, lostWrites }: RolloutResult): string[] {
  const failed = failedRecords(records).length;
  const raced = races(records).length;
  return [
    ...(failed > 0 ? [`${failed} of ${records.length} requests failed`] : []),
    ...(raced > 0 ? [`${raced} of ${records.length} met a connection that was just being closed`] : []),
    ...(lostWrites > 0 ? [`${lostWrites} writes were confirmed and are not in the database`] : []),
    ...scenarios.flatMap(({ title, checks }) =>
      checks.filter(({ holds }) => !holds).map(({ what }) => `${title}: it does not hold that ${what}`),
    ),
  ];
}
