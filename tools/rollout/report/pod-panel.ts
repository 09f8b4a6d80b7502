import type { Mark, PodState } from '../journal';
import type { RolloutResult } from '../result';
import { HEIGHTS, type Frame } from './frame';

export const LANE_HEIGHT = 22;
const BAR_HEIGHT = 14;
const LABEL_WIDTH = 34;

const COLOURS: Record<Exclude<PodState, 'gone'>, string> = {
  starting: '#cbd5e1',
  'not ready': '#fcd34d',
  ready: '#6ee7b7',
  preStop: '#93c5fd',
  draining: '#a78bfa',
  'back-off': '#fca5a5',
};
const MEANINGS: Record<keyof typeof COLOURS, string> = {
  starting: 'starting',
  'not ready': 'started, not ready',
  ready: 'ready',
  preStop: 'deleted: preStop',
  draining: 'SIGTERM: drains, closes',
  'back-off': 'crashed',
};

interface Segment {
  state: PodState;
  fromMs: number;
  toMs: number;
}

interface PodLine {
  pod: string;
  segments: Segment[];
  fromMs: number;
  toMs: number;
}

/** The pods, several in one lane where they follow each other. */
export function lanesOf({ changes }: RolloutResult, fromMs: number, toMs: number): PodLine[][] {
  const lanes: PodLine[][] = [];
  for (const pod of new Set(changes.map((change) => change.pod))) {
    const own = changes.filter((change) => change.pod === pod);
    const segments = own.map(({ state, atMs }, index) => ({
      state,
      fromMs: atMs,
      toMs: own[index + 1]?.atMs ?? toMs,
    }));
    const alive = segments.filter(
      (segment) => segment.state !== 'gone' && segment.toMs > fromMs && segment.fromMs < toMs,
    );
    const [first, last] = [alive[0], alive.at(-1)];
    if (!first || !last) continue;
    const line = { pod, segments: alive, fromMs: first.fromMs, toMs: last.toMs };
    const lane = lanes.find((each) => (each.at(-1)?.toMs ?? 0) < line.fromMs);
    if (lane) lane.push(line);
    else lanes.push([line]);
  }
  return lanes;
}

export function podPanel(frame: Frame, lanes: readonly PodLine[][]): string {
  const { left } = frame;
  const lines = lanes.flatMap((lane, index) =>
    lane.map((line) => podLine(frame, line, HEIGHTS.lanes + index * LANE_HEIGHT)),
  );
  return [`<text x="${left}" y="${HEIGHTS.lanes - 10}" class="b">pods</text>`, ...lines].join('\n');
}

/** The dark line below a pod: how long the balancer sends it new requests. */
function podLine({ axis, result }: Frame, { pod, segments, fromMs, toMs }: PodLine, top: number): string {
  const bars = segments.flatMap(({ state, fromMs: from, toMs: to }) => {
    const [x, end] = [axis.x(from), axis.x(to)];
    if (state === 'gone' || end <= x) return [];
    return [`<path d="M${x} ${top}H${end}v${BAR_HEIGHT}H${x}z" fill="${COLOURS[state]}"/>`];
  });
  const of = (mark: Mark) => result.marks.filter((each) => each.pod === pod && each.mark === mark);
  const out = of('out of balancer');
  const used = of('in balancer').map(({ atMs }) => {
    const end = out.find((each) => each.atMs > atMs)?.atMs ?? toMs;
    return `<path d="M${axis.x(atMs)} ${top + BAR_HEIGHT + 1.5}H${axis.x(end)}" stroke="#0f172a" stroke-width="2"/>`;
  });
  const signals = (['SIGTERM', 'SIGKILL'] as const).flatMap((mark) =>
    of(mark).map(
      ({ atMs }) =>
        `<path d="M${axis.x(atMs)} ${top + 1}l-4 -5h8z" fill="${mark === 'SIGTERM' ? '#4c1d95' : '#dc2626'}"/>`,
    ),
  );
  const failed = of('probe failed').map(({ atMs }) => `M${axis.x(atMs)} ${top + BAR_HEIGHT - 5}v5`);
  const probes = failed.length > 0 ? `<path d="${failed.join('')}" stroke="#b45309"/>` : '';
  const x = axis.x(fromMs);
  const name =
    axis.x(toMs) - x > LABEL_WIDTH ? `<text x="${x + 3}" y="${top + 10}" class="p">${pod}</text>` : '';
  return [...bars, probes, ...used, ...signals, name].join('');
}

export function legend(): string {
  let x = 64;
  const entry = (shape: string, text: string) => {
    const drawn = `<g transform="translate(${x} 56)">${shape}<text x="18" y="11">${text}</text></g>`;
    x += 34 + text.length * 6.2;
    return drawn;
  };
  const states = (Object.keys(COLOURS) as (keyof typeof COLOURS)[]).map((state) =>
    entry(`<rect width="14" height="13" fill="${COLOURS[state]}"/>`, MEANINGS[state]),
  );
  return [
    ...states,
    entry('<path d="M0 7H14" stroke="#0f172a" stroke-width="2"/>', 'gets new requests'),
    entry('<path d="M7 11l-4 -6h8z" fill="#4c1d95"/>', 'SIGTERM'),
    entry('<path d="M7 11l-4 -6h8z" fill="#dc2626"/>', 'SIGKILL'),
    entry('<path d="M7 3v9" stroke="#b45309"/>', 'failed probe'),
  ].join('');
}
