import { freePort, waitFor } from '@kubernest/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { guardAgainstOrphan } from '../start/orphan-guard';
import type { RuleFile } from './alert-rules';

const START_TIMEOUT_MS = 30_000;

export interface ScrapeJob {
  job: string;
  path: string;
  /** Where the pod is here. */
  url: string;
  /** What the operator, or the discovery of pods, would add. */
  labels: Record<string, string>;
}

export interface Sample {
  labels: Record<string, string | undefined>;
  value: number;
}

export interface EvaluatedRule {
  name: string;
  health: string;
  lastError?: string;
}

/** Writes the rules as Prometheus reads them. @returns the files */
export function writeRuleFiles(folder: string, files: readonly RuleFile[]): string[] {
  return files.map(({ name, groups }) => {
    const file = join(folder, `${name}.yaml`);
    // JSON is YAML.
    writeFileSync(file, JSON.stringify({ groups }));
    return file;
  });
}

/** Debian's, on a port and a folder of its own; it scrapes and evaluates every second. */
export class PrometheusServer {
  private constructor(
    private readonly url: string,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(folder: string, rules: readonly RuleFile[], jobs: readonly ScrapeJob[]) {
    const port = await freePort();
    const config = join(folder, 'prometheus.json');
    writeFileSync(config, JSON.stringify(configuration(writeRuleFiles(folder, rules), jobs)));
    const logFile = join(folder, 'prometheus.log');
    const log = openSync(logFile, 'w');
    const args = [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ];
    const child = spawn('prometheus', args, { stdio: ['ignore', log, log] });
    closeSync(log);
    guardAgainstOrphan(child);
    const exited = once(child, 'exit');
    const server = new PrometheusServer(`http://127.0.0.1:${port}`, async () => {
      child.kill('SIGTERM');
      await exited;
    });
    const ready = () =>
      child.exitCode !== null || fetch(`${server.url}/-/ready`).then(({ status }) => status === 200);
    await waitFor(ready, { timeoutMs: START_TIMEOUT_MS, message: 'Prometheus to start' });
    if (child.exitCode !== null) throw new Error(`Prometheus has ended:\n${readFileSync(logFile, 'utf8')}`);
    return server;
  }

  /** @throws Error with what Prometheus says of the query */
  async query(query: string, atMs = Date.now()): Promise<Sample[]> {
    const data = await this.ask('query', { query, time: String(atMs / 1000) });
    const { result } = data as { result: { metric: Sample['labels']; value: [number, string] }[] };
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  async rules(): Promise<EvaluatedRule[]> {
    const data = await this.ask('rules');
    return (data as { groups: { rules: EvaluatedRule[] }[] }).groups.flatMap(({ rules }) => rules);
  }

  private async ask(what: string, parameters: Record<string, string> = {}): Promise<unknown> {
    const search = new URLSearchParams(parameters).toString();
    const response = await fetch(`${this.url}/api/v1/${what}?${search}`);
    const { status, error, data } = (await response.json()) as {
      status: string;
      error?: string;
      data?: unknown;
    };
    if (status !== 'success') throw new Error(`${error ?? status}: ${parameters['query'] ?? what}`);
    return data;
  }
}

function configuration(ruleFiles: readonly string[], jobs: readonly ScrapeJob[]): object {
  return {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: ruleFiles,
    scrape_configs: jobs.map(({ job, path, url, labels }) => ({
      job_name: job,
      metrics_path: path,
      static_configs: [{ targets: [new URL(url).host], labels }],
    })),
  };
}
