import type { Outcome, RequestRecord } from '../load/load-plan';
import { KINDS } from '../load/traffic';
import { failedRecords, races, type RolloutResult, type ScenarioResult } from '../result';
import { percentile } from './percentile';

/** Their length is the client's doing. */
const PACED: readonly string[] = ['slow', 'large'];
const OUTCOMES: Outcome[] = ['refused', 'reset', 'timed out', 'cut', '5xx', 'unexpected', 'race'];

/** For people: what became of the requests, scenario by scenario and kind by kind. */
export function report(result: RolloutResult): string {
  return [
    byScenario(result),
    byKind(result.records),
    pods(result.scenarios),
    ...samples(result.records),
  ].join('\n\n');
}

function byScenario({ scenarios, records }: RolloutResult): string {
  const head = [
    '',
    'requests',
    'failed',
    'races',
    'before: p50',
    'p99',
    'during: p50',
    'p99',
    'after: p50',
    'p99',
  ];
  const rows = scenarios.map((scenario) => {
    const { title, beganAtMs, actedAtMs, settledAtMs, endedAtMs } = scenario;
    const all = within(records, beganAtMs, endedAtMs);
    return [
      title,
      ...counts(all),
      ...latencies(within(records, beganAtMs, actedAtMs)),
      ...latencies(within(records, actedAtMs, settledAtMs)),
      ...latencies(within(records, settledAtMs, endedAtMs)),
    ];
  });
  return table([head, ...rows, ['all, with what lies between', ...counts(records)]]);
}

function byKind(records: readonly RequestRecord[]): string {
  const outcomes = OUTCOMES.filter((outcome) => records.some((record) => record.outcome === outcome));
  const count = (some: readonly RequestRecord[], outcome: Outcome) =>
    String(some.filter((record) => record.outcome === outcome).length);
  const rows = KINDS.map((kind) => {
    const some = records.filter((record) => record.kind === kind);
    const fresh = some.filter(({ keptAlive }) => !keptAlive).length;
    const all = ['ok' as const, ...outcomes].map((outcome) => count(some, outcome));
    const ms = some.filter(({ outcome }) => outcome === 'ok').map((record) => record.ms);
    return [kind, String(fresh), String(some.length - fresh), ...all, milliseconds(percentile(ms, 1))];
  });
  const head = ['', 'new connection', 'kept alive', 'ok', ...outcomes, 'slowest'];
  return table([head, ...rows]);
}

function pods(scenarios: readonly ScenarioResult[]): string {
  const head = ['', 'fewest ready', 'fewest available', 'most at once', 'ended', 'with exit 0'];
  const rows = scenarios.map(({ title, fewestReady, fewestAvailable, mostPods, exits }) => [
    title,
    ...[fewestReady, fewestAvailable, mostPods, exits.length, exits.filter((exit) => exit === 0).length].map(
      String,
    ),
  ]);
  return table([head, ...rows]);
}

/** What the failures said, each once. */
function samples(records: readonly RequestRecord[]): string[] {
  const said = [...failedRecords(records), ...races(records)].map(
    ({ kind, keptAlive, outcome, detail }) =>
      `${kind} on a ${keptAlive ? 'kept' : 'new'} connection: ${outcome}, ${detail ?? ''}`,
  );
  const times = (text: string) => said.filter((each) => each === text).length;
  const lines = [...new Set(said)].slice(0, 12).map((text) => `  ${times(text)} x ${text}`);
  return lines.length > 0 ? [lines.join('\n')] : [];
}

function counts(records: readonly RequestRecord[]): string[] {
  return [records.length, failedRecords(records).length, races(records).length].map(String);
}

function latencies(records: readonly RequestRecord[]): string[] {
  const ms = records.filter(({ kind }) => !PACED.includes(kind)).map((record) => record.ms);
  return [milliseconds(percentile(ms, 0.5)), milliseconds(percentile(ms, 0.99))];
}

function milliseconds(value: number | undefined): string {
  return value === undefined ? '' : `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

function within(records: readonly RequestRecord[], fromMs: number, toMs: number): RequestRecord[] {
  return records.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
}

function table(rows: readonly (readonly string[])[]): string {
  const columns = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const cell = (text: string, column: number) =>
    column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(cell).join('  ').trimEnd()).join('\n');
}
