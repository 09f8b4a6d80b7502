import type { Stage } from './stage';

export interface Fault {
  name: string;
  /** Over in a moment: what is seen meanwhile is a matter of luck, and so not in the table. */
  brief?: boolean;
  /** Although it is brief there is a request that it hits. */
  refuses?: boolean;
  /** Redis has forgotten everything afterwards. */
  empties?: boolean;
  /** A line of the log that there is or not, as luck will have it. */
  chanceLine?: string;
  /** @returns ends the fault; what it depended on is back when that resolves */
  begin(stage: Stage): Promise<() => Promise<void> | void>;
}

/** A row of the table in docs/operations.md. */
export interface Finding {
  fault: string;
  liveness: string;
  readiness: string;
  answers: string;
  worker: string;
  log: string;
  slowestMs: number;
  /** Missing where there is nothing to come back. */
  backAfterMs?: number;
  /** What should not be, in words; empty when all is well. */
  violations: string[];
}
