import { failedRecords } from '../result';
import { HEIGHTS, type Frame } from './frame';

const BARS = 150;

/** Requests a second as columns; in red what failed of them, which is drawn tall enough to be seen. */
export function ratePanel({ axis, result, left, right }: Frame): string {
  const { top, bottom } = HEIGHTS.rate;
  const { records } = result;
  const buckets = axis.buckets(BARS).map(({ fromMs, toMs }) => {
    const inside = records.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
    const perSecond = (count: number) => count / ((toMs - fromMs) / 1000);
    return { fromMs, toMs, rate: perSecond(inside.length), failed: perSecond(failedRecords(inside).length) };
  });
  const most = Math.max(...buckets.map(({ rate }) => rate), 1);
  const height = (rate: number) => Math.round((rate / most) * (bottom - top) * 10) / 10;
  const columns = (colour: string, of: (bucket: (typeof buckets)[number]) => number) => {
    const path = buckets
      .filter((bucket) => of(bucket) > 0)
      .map(
        (bucket) =>
          `M${axis.x(bucket.fromMs)} ${bottom}v-${of(bucket)}H${axis.x(bucket.toMs)}v${of(bucket)}z`,
      );
    return path.length > 0 ? `<path d="${path.join('')}" fill="${colour}"/>` : '';
  };
  const failed = failedRecords(records).length;
  const verdict = failed === 0 ? 'no request failed' : `${failed} failed`;
  return [
    `<text x="${left}" y="${top - 6}"><tspan class="b">requests/s</tspan> ${records.length} in all, <tspan class="b" fill="${failed === 0 ? '#047857' : '#dc2626'}">${verdict}</tspan></text>`,
    columns('#93c5fd', ({ rate }) => height(rate)),
    columns('#dc2626', ({ failed: count }) => (count > 0 ? Math.max(height(count), 6) : 0)),
    `<path d="M${left} ${bottom}H${right}" stroke="#94a3b8"/>`,
    `<text x="${left - 6}" y="${top + 4}" text-anchor="end" class="s">${Math.round(most)}</text>`,
    `<text x="${left - 6}" y="${bottom}" text-anchor="end" class="s">0</text>`,
  ].join('');
}
