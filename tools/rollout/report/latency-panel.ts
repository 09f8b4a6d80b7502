import { HEIGHTS, type Frame } from './frame';
import { percentile } from './percentile';

const POINTS = 150;
const GRID_MS = [1, 10, 100, 1_000, 10_000];

/** The median and the 99th percentile of what the clients do not slow down themselves, on a logarithmic scale. */
export function latencyPanel({ axis, result, left, right }: Frame): string {
  const { top, bottom } = HEIGHTS.latency;
  const quick = result.records.filter(({ kind }) => kind !== 'slow' && kind !== 'large');
  const points = axis.buckets(POINTS).flatMap(({ fromMs, toMs }) => {
    const ms = quick.filter(({ atMs }) => atMs >= fromMs && atMs < toMs).map((record) => record.ms);
    const [p50, p99] = [percentile(ms, 0.5), percentile(ms, 0.99)];
    return p50 === undefined || p99 === undefined ? [] : [{ x: axis.x((fromMs + toMs) / 2), p50, p99 }];
  });
  const slowest = Math.max(...points.map(({ p99 }) => p99), 100);
  const decades = Math.ceil(Math.log10(slowest));
  const y = (ms: number) =>
    Math.round((bottom - (Math.log10(Math.max(ms, 1)) / decades) * (bottom - top)) * 10) / 10;
  const line = (colour: string, of: (point: (typeof points)[number]) => number) =>
    `<polyline points="${points.map((point) => `${point.x},${y(of(point))}`).join(' ')}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
  const grid = GRID_MS.filter((ms) => Math.log10(ms) <= decades).map(
    (ms) =>
      `<path d="M${left} ${y(ms)}H${right}" class="g"/><text x="${left - 6}" y="${y(ms) + 4}" text-anchor="end" class="s">${ms < 1000 ? `${ms} ms` : `${ms / 1000} s`}</text>`,
  );
  return [
    `<text x="${left}" y="${top - 8}"><tspan class="b">latency</tspan> <tspan fill="#0284c7">p50</tspan> <tspan fill="#c2410c">p99</tspan> from the moment a request was due</text>`,
    ...grid,
    line('#0284c7', ({ p50 }) => p50),
    line('#c2410c', ({ p99 }) => p99),
  ].join('');
}
