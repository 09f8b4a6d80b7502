import type { RolloutResult } from '../result';

/** Where the panels stand, in pixels from the top. */
export const HEIGHTS = {
  bands: 82,
  rate: { top: 150, bottom: 230 },
  latency: { top: 256, bottom: 356 },
  lanes: 386,
} as const;

export interface Frame {
  axis: Axis;
  result: RolloutResult;
  left: number;
  right: number;
}

const TICKS = 14;
const NICE_SECONDS = [1, 2, 5, 10, 20, 30, 60, 120, 300];

/** Time, from left to right. */
export class Axis {
  constructor(private readonly range: { fromMs: number; toMs: number; left: number; right: number }) {}

  /** To a tenth of a pixel. */
  x(atMs: number): number {
    const { fromMs, toMs, left, right } = this.range;
    const share = Math.min(Math.max((atMs - fromMs) / (toMs - fromMs), 0), 1);
    return Math.round((left + share * (right - left)) * 10) / 10;
  }

  ticks(): { x: number; label: string }[] {
    const { fromMs, toMs } = this.range;
    const lengthS = (toMs - fromMs) / 1000;
    const stepS = NICE_SECONDS.find((step) => lengthS / step <= TICKS) ?? lengthS;
    return Array.from({ length: Math.floor(lengthS / stepS) + 1 }, (_, index) => ({
      x: this.x(fromMs + index * stepS * 1000),
      label: `${index * stepS} s`,
    }));
  }

  /** Equal stretches of time, about this many. */
  buckets(count: number): { fromMs: number; toMs: number }[] {
    const { fromMs, toMs } = this.range;
    const length = (toMs - fromMs) / count;
    return Array.from({ length: count }, (_, index) => ({
      fromMs: fromMs + index * length,
      toMs: fromMs + (index + 1) * length,
    }));
  }
}

export function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
