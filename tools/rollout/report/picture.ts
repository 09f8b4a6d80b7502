import type { RolloutResult } from '../result';
import { latencyPanel } from './latency-panel';
import { Axis, escape, HEIGHTS, type Frame } from './frame';
import { LANE_HEIGHT, legend, podPanel, lanesOf } from './pod-panel';
import { ratePanel } from './rate-panel';

const WIDTH = 1200;
const LEFT = 64;
const RIGHT = 20;
const STEP_LETTER_WIDTH = 5.2;
const STYLE = `text{font:12px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:#334155}.s{font-size:10px;fill:#64748b}
.h{font-size:17px;font-weight:600;fill:#0f172a}.b{font-weight:600}.g{stroke:#e2e8f0}.p{font-size:9px;fill:#0f172a;fill-opacity:.75}`;

/** The run as a timeline (SVG): requests, failures, latencies, and each pod's states, one below the other. */
export function picture(result: RolloutResult): string {
  const { beganAtMs, endedAtMs, scenarios } = result;
  const fromMs = scenarios[0]?.beganAtMs ?? beganAtMs;
  const toMs = scenarios.at(-1)?.endedAtMs ?? endedAtMs;
  const axis = new Axis({ fromMs, toMs, left: LEFT, right: WIDTH - RIGHT });
  const lanes = lanesOf(result, fromMs, toMs);
  const height = HEIGHTS.lanes + lanes.length * LANE_HEIGHT + 34;
  const frame: Frame = { axis, result, left: LEFT, right: WIDTH - RIGHT };
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">`,
    `<style>${STYLE}</style><rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    title(result),
    legend(),
    bands(frame, height - 26),
    ratePanel(frame),
    latencyPanel(frame),
    podPanel(frame, lanes),
    seconds(frame, height - 26),
    '</svg>',
    '',
  ].join('\n');
}

function title({ options, propagationMs }: RolloutResult): string {
  const { overlay, speed, balancer, rate, sabotage } = options;
  const how = `overlay ${overlay}, ${speed} times as fast; ${balancer} in front, which hears of changes after ${propagationMs / 1000} s / ${speed}; ${rate} requests/s`;
  const broken = sabotage ? `, sabotaged: ${sabotage}` : '';
  return `<text x="${LEFT}" y="26" class="h">Rollout under load${broken}</text><text x="${LEFT}" y="45">${escape(how)}</text>`;
}

/** The time in which a scenario acts, with its name, through all panels; thin lines where a step begins. */
function bands({ axis, result }: Frame, bottom: number): string {
  const top = HEIGHTS.bands;
  return result.scenarios
    .map(({ title: name, actedAtMs, settledAtMs, steps }) => {
      const [x, end] = [axis.x(actedAtMs), axis.x(settledAtMs)];
      const band = `<rect x="${x}" y="${top}" width="${end - x}" height="${bottom - top}" fill="#f1f5f9"/>`;
      const begins = steps.map(({ title: step, fromMs }) => ({ step, at: axis.x(fromMs) }));
      const lines = begins.map(({ at }) => `M${at} ${top + 16}V${bottom}`).join('');
      const line = `<path d="${lines}" stroke="#94a3b8" stroke-dasharray="2 3"/>`;
      return `${band}<text x="${x + 3}" y="${top + 13}" class="b">${escape(name)}</text>${line}${labels(begins)}`;
    })
    .join('\n');
}

/** Each in the first row where it does not cover the one before. */
function labels(begins: readonly { step: string; at: number }[]): string {
  const ends = [0, 0, 0];
  return begins
    .map(({ step, at }) => {
      const row = ends.findIndex((end) => end <= at);
      if (row < 0) return '';
      ends[row] = at + step.length * STEP_LETTER_WIDTH;
      return `<text x="${at + 3}" y="${HEIGHTS.bands + 26 + row * 11}" class="s">${escape(step)}</text>`;
    })
    .join('');
}

function seconds({ axis, left, right }: Frame, y: number): string {
  const ticks = axis
    .ticks()
    .map(
      ({ x, label }) =>
        `<path d="M${x} ${y}v4" stroke="#94a3b8"/><text x="${x}" y="${y + 17}" text-anchor="middle" class="s">${label}</text>`,
    );
  return `<path d="M${left} ${y}H${right}" stroke="#94a3b8"/>${ticks.join('')}`;
}
