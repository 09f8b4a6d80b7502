import type { Run } from './run';

export interface Measurement {
  name: string;
  title: string;
  /** How long it takes on two cores. */
  seconds: number;
  quickSeconds: number;
  /** Adds to the results of the run. */
  measure: (run: Run) => Promise<void>;
}
