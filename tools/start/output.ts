import type { Readable } from 'node:stream';
import { createInterface } from 'node:readline';

const COLORS: Record<string, number> = { api: 36, worker: 35, migrate: 33 };
const OTHER_COLOR = 32;
const NAME_WIDTH = 7;

/** Passes on what a process writes, line by line, each with the process's name before it. */
export function prefixLines(name: string, ...streams: (Readable | null)[]): void {
  const label = `${colored(name.padEnd(NAME_WIDTH), COLORS[name] ?? OTHER_COLOR)} | `;
  for (const stream of streams) {
    if (stream) createInterface({ input: stream }).on('line', (line) => console.log(`${label}${line}`));
  }
}

function colored(text: string, color: number): string {
  return process.stdout.isTTY ? `\u001b[${color}m${text}\u001b[0m` : text;
}

export function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}
