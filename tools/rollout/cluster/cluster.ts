import { freePort, waitFor } from '@kubernest/testing';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Journal } from '../journal';
import type { Timing } from '../timing';
import { Deployment } from './deployment';
import { desiredHealthy, healthy, mayEvict, type Budgeted } from './disruption-budget';
import { Endpoints, type Endpoint } from './endpoints';
import { Pod } from './pod';

/** How often the controllers look. Real ones watch; the difference is within the propagation delay. */
const ROUND_MS = 20;
const NODES = ['node-1', 'node-2'];
/** Generous: it is there to end a run that hangs. */
const LIMIT_MS = 180_000;

export interface ClusterOptions {
  timing: Timing;
  journal: Journal;
  /** The address of Postgres, secrets, and so on: over what the manifest says. */
  env: NodeJS.ProcessEnv;
  folder: string;
  interrupted: AbortSignal;
  stopSignal: NodeJS.Signals;
  apply: (endpoints: Endpoint[]) => void;
}

/** What a revision changes about the container's environment. */
export type Revision = NodeJS.ProcessEnv;

/** The part of Kubernetes that a rollout is made of, with real processes for containers. */
export class Cluster {
  readonly deployment: Deployment<Pod>;
  /** Every pod that there ever was. */
  readonly pods: Pod[] = [];
  /** Since `watch`. */
  fewestReady = Infinity;
  private readonly endpoints: Endpoints;
  private readonly revisions: Revision[] = [];
  /** Indices of `revisions`; the last one is current. */
  private readonly history: number[] = [];
  private readonly cordoned = new Set<string>();
  private readonly ports: { port: number; metricsPort: number }[] = [];
  private readonly rounds: NodeJS.Timeout;

  private constructor(private readonly options: ClusterOptions) {
    const { timing, journal, apply } = options;
    this.deployment = new Deployment(timing.manifest, (revision) => this.createPod(revision), 0);
    this.endpoints = new Endpoints(timing.propagationMs, journal, apply);
    this.rounds = setInterval(() => this.round(), ROUND_MS);
  }

  /** @param replicas of the first revision, all available when this returns */
  static async start(options: ClusterOptions, replicas: number): Promise<Cluster> {
    const cluster = new Cluster(options);
    await cluster.reservePorts();
    cluster.deployment.replicas = replicas;
    cluster.release({});
    return cluster;
  }

  get nodes(): readonly string[] {
    return NODES;
  }

  /** The pods of the current revision. */
  get updated(): Pod[] {
    return this.deployment.podsOf(this.current);
  }

  /** Since `watch`. */
  get neverTooFew(): boolean {
    return this.deployment.fewestAvailable >= this.deployment.leastAvailable;
  }

  /** Since `watch`. */
  get budgetKept(): boolean {
    return this.fewestReady >= desiredHealthy(this.budgeted());
  }

  /** Forgets how few pods there were up to now. */
  watch(): void {
    this.deployment.fewestAvailable = Infinity;
    this.deployment.mostPods = 0;
    this.fewestReady = Infinity;
  }

  /** Whether the balancer knows the pod. */
  serves(name: string): boolean {
    return this.endpoints.has(name);
  }

  private get current(): number {
    return this.history.at(-1) ?? 0;
  }

  /** Applies a new pod template. */
  release(revision: Revision): void {
    this.history.push(this.revisions.push(revision) - 1);
    this.deployment.rollOut(this.current);
  }

  /** `kubectl rollout undo`: the template before is the next one, and its ReplicaSet is taken up again. */
  undo(): void {
    this.history.pop();
    this.deployment.rollOut(this.current);
  }

  scale(replicas: number): void {
    this.deployment.replicas = replicas;
  }

  /** Every pod is of the current revision and available, the balancer knows it, and nothing terminates any more. */
  async settled(): Promise<void> {
    await this.until('the rollout to be complete', () => this.deployment.complete && this.endpoints.settled);
  }

  async until(message: string, condition: () => boolean): Promise<void> {
    const check = () => {
      if (this.options.interrupted.aborted) return true;
      return condition();
    };
    await waitFor(check, { timeoutMs: LIMIT_MS, message, intervalMs: ROUND_MS });
    this.options.interrupted.throwIfAborted();
  }

  /** `kubectl drain`: cordons the node, evicts its pods as the budget allows, and waits until they are gone. */
  async drain(node: string): Promise<void> {
    this.cordoned.add(node);
    const there = this.deployment.pods.filter((pod) => pod.node === node);
    await Promise.all(there.map((pod) => this.evict(pod)));
    this.cordoned.delete(node);
  }

  async stop(): Promise<void> {
    clearInterval(this.rounds);
    this.endpoints.stop();
    await Promise.all(this.pods.map((pod) => pod.kill()));
  }

  private async evict(pod: Pod): Promise<void> {
    const { timing, interrupted } = this.options;
    while (!mayEvict(pod, this.budgeted())) {
      await wait(timing.evictionRetryMs);
      interrupted.throwIfAborted();
    }
    pod.delete();
    await pod.ended;
  }

  private budgeted(): Budgeted {
    const { pods, replicas } = this.deployment;
    return { pods, replicas, budget: this.options.timing.manifest.budget };
  }

  private round(): void {
    this.deployment.reconcile();
    this.endpoints.update(this.deployment.pods);
    this.fewestReady = Math.min(this.fewestReady, healthy(this.deployment.pods));
  }

  private createPod(revision: number): Pod {
    const { timing, journal, stopSignal, folder, env } = this.options;
    const { port, metricsPort } = this.ports.shift() ?? { port: 0, metricsPort: 0 };
    void this.reservePorts();
    const name = `pod-${this.pods.length + 1}`;
    const pod = new Pod({
      name,
      node: this.schedule(),
      port,
      env: {
        ...timing.manifest.env,
        ...env,
        ...this.revisions[revision],
        HOST: '127.0.0.1',
        PORT: String(port),
        METRICS_PORT: String(metricsPort),
      },
      logFile: join(folder, `${name}.log`),
      timing,
      stopSignal,
      journal,
    });
    this.pods.push(pod);
    return pod;
  }

  /** The node with the fewest pods. */
  private schedule(): string {
    const load = (node: string) =>
      this.deployment.pods.filter((pod) => pod.node === node && !pod.terminating).length;
    const open = NODES.filter((node) => !this.cordoned.has(node));
    return open.reduce((best, node) => (load(node) < load(best) ? node : best), open[0] ?? '');
  }

  /** Ahead of need, since pods are created in a round that waits for nothing. */
  private async reservePorts(): Promise<void> {
    while (this.ports.length < MOST_NEW_PODS)
      this.ports.push({ port: await freePort(), metricsPort: await freePort() });
  }
}

/** That one round may create. */
const MOST_NEW_PODS = 12;
