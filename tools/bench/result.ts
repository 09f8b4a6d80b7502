import { median } from './statistics';

/** MB is 10^6 bytes. */
export type Unit = 'us' | 'ms' | 's' | 'MB' | '1/s' | 'rows/s';

export interface Aim {
  of: 'measured' | 'ratio';
  bound: 'at most' | 'at least' | 'below';
  value: number;
}

/** One line of the table. */
export interface Result {
  what: string;
  unit: Unit;
  /** The median of its samples, as the baseline is. */
  measured: number;
  baseline?: number;
  /** Measured / baseline. */
  ratio?: number;
  aim?: Aim;
  met?: boolean;
  samples: { measured: readonly number[]; baseline?: readonly number[] };
}

interface Comparison {
  what: string;
  unit: Unit;
  measured: readonly number[];
  baseline?: readonly number[];
  aim?: Aim;
}

/** What samples come to: their medians, the ratio of these, and whether the aim was met. */
export function compare({ what, unit, measured, baseline, aim }: Comparison): Result {
  const middle = median(measured);
  const medians =
    baseline === undefined
      ? { measured: middle }
      : { measured: middle, baseline: median(baseline), ratio: middle / median(baseline) };
  return {
    what,
    unit,
    ...medians,
    ...(aim && { aim, met: isMet(aim, medians) }),
    samples: { measured, ...(baseline && { baseline }) },
  };
}

function isMet({ of, bound, value }: Aim, medians: { measured: number; ratio?: number }): boolean {
  const figure = medians[of];
  if (figure === undefined) throw new Error('An aim for a ratio needs a baseline');
  switch (bound) {
    case 'at most':
      return figure <= value;
    case 'at least':
      return figure >= value;
    case 'below':
      return figure < value;
  }
}
