import { waitFor } from '@kubernest/testing';
import type { RunningApp } from './running-app';

export interface Scrape {
  text: string;
  /** Of a series as it is written, labels in their order; undefined when it was left out. */
  value(series: string): number | undefined;
}

/** What Prometheus would see. */
export async function scrape({ metricsPort }: Pick<RunningApp, 'metricsPort'>): Promise<Scrape> {
  const response = await fetch(`http://127.0.0.1:${metricsPort}/metrics`, {
    headers: { connection: 'close' },
  });
  if (response.status !== 200) throw new Error(`/metrics answered with ${response.status}`);
  const text = await response.text();
  const values = new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]),
  );
  return { text, value: (series) => values.get(series) };
}

/** Between the questions of a process to Postgres, however often it is scraped. */
const KEPT_MS = 5_000;

/** The first scrape of which that holds. */
export const scrapeUntil = (app: RunningApp, holds: (found: Scrape) => boolean, message: string) =>
  waitFor(
    async () => {
      const found = await scrape(app);
      return holds(found) ? found : undefined;
    },
    { timeoutMs: 20_000 + KEPT_MS, message },
  );
