import type { LogLine } from '../support/running-app';
import type { Fault } from './finding';
import type { LogMark } from './logs';
import { Kind, KINDS, Outcome } from './traffic';

/** What became of the worker's job after `since`, in milliseconds since 1970. */
export function workerOf(log: LogMark, since: number): string {
  // First: a run that ended as the fault began may be logged after `since`.
  if (log.known().includes('job failed')) return 'its job fails, and is tried again';
  const cleaned = ({ msg, time }: LogLine) =>
    msg === 'session cleanup: done' && Date.parse(String(time)) > since;
  return log.lines().some(cleaned) ? 'cleans up' : 'waits';
}

/** Without what a fault brings about or not, as luck will have it. */
export function logOf({ brief, empties, chanceLine }: Fault, known: string[]): string {
  const lines = known.filter((line) => line !== chanceLine);
  const sure = lines.filter((line) => (line === 'redis had lost the schedule' ? empties : !brief));
  return [...new Set(sure)].join('; ');
}

export function answersTo({ brief, refuses }: Fault, all: Outcome[], calm: Outcome[]): string {
  if (!brief) return answersOf(calm);
  if (!refuses) return 'in hand: 503 at worst';
  return all.some(({ outcome }) => outcome === '503') ? 'in hand: 503' : 'all served';
}

/** For example `served: who am I; 503: sign in`; a kind that had both is among the latter. */
function answersOf(outcomes: Outcome[]): string {
  const isServed = (kind: Kind) => outcomes.every((one) => one.kind !== kind || one.outcome === 'served');
  const served = KINDS.filter(isServed);
  if (served.length === KINDS.length) return 'all served';
  if (served.length === 0) return 'all 503';
  return `served: ${served.join(', ')}; 503: ${KINDS.filter((kind) => !isServed(kind)).join(', ')}`;
}
