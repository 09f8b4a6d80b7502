import { setTimeout as wait } from 'node:timers/promises';
import { Started } from '../bench/started';
import { startBalancer, type Balancer } from './balancer/balancer';
import { Cluster } from './cluster/cluster';
import { surroundings } from './environment';
import { Journal, nowMs, type Phase } from './journal';
import type { LoadPlan } from './load/load-plan';
import { Load } from './load/load';
import { traffic } from './load/traffic';
import { readManifest, type Manifest } from './manifest';
import type { RolloutOptions } from './options';
import { renderOverlay } from './render-overlay';
import { failedRecords, type RolloutResult, type ScenarioResult } from './result';
import { revealingPropagationMs, sabotageOf } from './sabotage';
import { SCENARIOS, type Scenario } from './scenarios';
import { drainMsOf, timingOf, type Timing } from './timing';

const PROPAGATION_MS = 2_000;
/** How long a slow request and a large body are under way, in the manifest's time. */
const SLOW_MS = 8_000;
const LARGE_MS = 4_000;
/** Before and after what a scenario does; real time. */
const CALM_MS = 4_000;
const QUICK_CALM_MS = 1_000;

export interface RunOptions extends RolloutOptions {
  /** For what the run writes: the logs of the pods. */
  folder: string;
  interrupted: AbortSignal;
  progress: (text: string) => void;
}

/** Whatever it starts has ended when this returns or throws. @throws the reason of `interrupted` when that aborts */
export async function rollOut(options: RunOptions): Promise<RolloutResult> {
  const started = new Started(options.interrupted);
  try {
    const manifest = readManifest(await renderOverlay(options.overlay));
    return await new Run(options, started, manifest).run();
  } finally {
    await started.stopAll();
  }
}

class Run {
  private readonly journal = new Journal();
  private readonly timing: Timing;
  private readonly propagationMs: number;

  constructor(
    private readonly options: RunOptions,
    private readonly started: Started,
    private readonly manifest: Manifest,
  ) {
    const sabotage = options.sabotage && sabotageOf(options.sabotage);
    const usualMs = sabotage ? revealingPropagationMs(manifest, sabotage) : PROPAGATION_MS;
    this.propagationMs = options.propagationMs ?? usualMs;
    this.timing = timingOf(sabotage?.manifest(manifest) ?? manifest, {
      speed: options.speed,
      propagationMs: this.propagationMs,
    });
  }

  async run(): Promise<RolloutResult> {
    const { options, started, journal } = this;
    const scenarios = options.only.map((name): Scenario => SCENARIOS[name]);
    const around = await started.start(surroundings);
    const balancer = await started.start(() => startBalancer(options.balancer, options.folder));
    const first = scenarios[0] ? this.podsOf(scenarios[0]) : 0;
    options.progress(`Starting ${first} pods`);
    const cluster = await this.startCluster(around.env, balancer, first);
    await cluster.settled();
    const load = await started.start(() => Load.start(this.loadPlan(balancer.port)));
    const results: ScenarioResult[] = [];
    for (const scenario of scenarios) results.push(await this.play(scenario, cluster, load));
    await load.finish();
    // Copies: to stop what is left is no part of the story.
    const [changes, marks] = [[...journal.changes], [...journal.marks]];
    const lostWrites = await around.missing(load.confirmed);
    const { folder: _folder, interrupted: _interrupted, progress: _progress, ...rest } = options;
    const { records } = load;
    const times = { beganAtMs: journal.beganAtMs, endedAtMs: nowMs(), propagationMs: this.propagationMs };
    return { options: rest, ...times, scenarios: results, changes, marks, records, lostWrites };
  }

  private startCluster(env: NodeJS.ProcessEnv, balancer: Balancer, replicas: number): Promise<Cluster> {
    const { options, timing, journal } = this;
    const sabotage = options.sabotage && sabotageOf(options.sabotage);
    return this.started.start(() =>
      Cluster.start(
        {
          timing,
          journal,
          env: { ...env, ...sabotage?.env },
          folder: options.folder,
          interrupted: options.interrupted,
          stopSignal: sabotage?.stopSignal ?? 'SIGTERM',
          apply: (endpoints) => balancer.use(endpoints),
        },
        replicas,
      ),
    );
  }

  private async play(scenario: Scenario, cluster: Cluster, load: Load): Promise<ScenarioResult> {
    const { quick } = this.options;
    const pods = this.podsOf(scenario);
    cluster.scale(pods);
    await cluster.settled();
    const beganAtMs = nowMs();
    await this.calm();
    cluster.watch();
    const notes = new Notes(scenario.title, (text) => this.report(text, load));
    const exitsBefore = this.journal.exits.length;
    const actedAtMs = nowMs();
    const step = (title: string) => notes.step(title);
    const check = (what: string, holds: boolean) => notes.check(what, holds);
    await scenario.run({ cluster, pods, step, check }, quick);
    const settledAtMs = notes.end();
    await this.calm();
    const exits = this.journal.exits.slice(exitsBefore);
    const { title } = scenario;
    const { steps, checks } = notes;
    const { fewestAvailable, mostPods } = cluster.deployment;
    const counts = { fewestReady: cluster.fewestReady, fewestAvailable, mostPods };
    const times = { beganAtMs, actedAtMs, settledAtMs, endedAtMs: nowMs() };
    return { title, ...times, steps, checks, ...counts, exits };
  }

  private podsOf({ pods: { quick, full } }: Scenario): number {
    return this.options.pods ?? (this.options.quick ? quick : full);
  }

  private async calm(): Promise<void> {
    await wait(this.options.quick ? QUICK_CALM_MS : CALM_MS, undefined, { signal: this.options.interrupted });
  }

  private report(text: string, { records }: Load): void {
    const failed = failedRecords(records).length;
    this.options.progress(`${text} (${records.length} requests so far, ${failed} failed)`);
  }

  /** So few that each uses its connection three times in a drain: whoever rests for longer may see it closed (RFC 9112, 9.5). */
  private keepAliveClients(): number {
    const drainSeconds = drainMsOf(this.manifest) / 1000 / this.options.speed;
    return Math.max(Math.floor(((this.options.rate / 2) * drainSeconds) / 3), 1);
  }

  private loadPlan(port: number): LoadPlan {
    const { rate, speed } = this.options;
    const perSecond = Object.entries(traffic.shares).map(([kind, share]) => [kind, share * rate]);
    return {
      port,
      perSecond: Object.fromEntries(perSecond) as LoadPlan['perSecond'],
      slowMs: SLOW_MS / speed,
      largeMs: LARGE_MS / speed,
      keepAliveClients: this.keepAliveClients(),
    };
  }
}

/** What a scenario says about itself while it runs. */
class Notes {
  readonly steps: Phase[] = [];
  readonly checks: ScenarioResult['checks'] = [];

  constructor(
    private readonly title: string,
    private readonly say: (text: string) => void,
  ) {}

  step(title: string): void {
    const fromMs = this.end();
    this.steps.push({ title, fromMs, toMs: fromMs });
    this.say(`${this.title}: ${title}`);
  }

  check(what: string, holds: boolean): void {
    this.checks.push({ what, holds });
  }

  /** Of the last step. */
  end(): number {
    const atMs = nowMs();
    const last = this.steps.at(-1);
    if (last) last.toMs = atMs;
    return atMs;
  }
}
