import type { IntOrPercent } from '../manifest';
import type { PodView } from './pod';

export interface DeploymentSettings {
  maxSurge: IntOrPercent;
  maxUnavailable: IntOrPercent;
  minReadyMs: number;
}

/** The pods of one revision of the pod template. */
interface ReplicaSet<P> {
  revision: number;
  replicas: number;
  pods: P[];
}

/**
 * The Deployment and the ReplicaSet controller, with strategy RollingUpdate. A terminating pod no longer counts, as in Kubernetes.
 * https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
 */
export class Deployment<P extends PodView> {
  /** The oldest first. */
  private readonly sets: ReplicaSet<P>[] = [];
  private revision = 0;
  fewestAvailable = Infinity;
  mostPods = 0;

  constructor(
    private readonly settings: DeploymentSettings,
    private readonly createPod: (revision: number) => P,
    public replicas: number,
  ) {}

  /** Also what terminates, until it is gone. */
  get pods(): P[] {
    return this.sets.flatMap(({ pods }) => pods);
  }

  /** A revision that it had before is taken up again, with the pods that are left of it: a rollback. */
  rollOut(revision: number): void {
    this.revision = revision;
    if (!this.sets.some((set) => set.revision === revision))
      this.sets.push({ revision, replicas: 0, pods: [] });
  }

  podsOf(revision: number): P[] {
    return this.sets.find((set) => set.revision === revision)?.pods.filter(isActive) ?? [];
  }

  get available(): number {
    return this.pods.filter((pod) => this.isAvailable(pod)).length;
  }

  /** As `kubectl rollout status` waits for it; and the last old pod is gone. */
  get complete(): boolean {
    const updated = this.podsOf(this.revision);
    return (
      this.pods.length === updated.length &&
      updated.length === this.replicas &&
      updated.every((pod) => this.isAvailable(pod))
    );
  }

  /** One round of both controllers. */
  reconcile(): void {
    for (const set of this.sets) set.pods = set.pods.filter(({ gone }) => !gone);
    const current = this.sets.find(({ revision }) => revision === this.revision);
    if (current && !this.scaleUp(current)) this.scaleDown(current);
    for (const set of this.sets) this.adjust(set);
    this.fewestAvailable = Math.min(this.fewestAvailable, this.available);
    this.mostPods = Math.max(this.mostPods, this.pods.filter(isActive).length);
  }

  /** As many of the new revision as maxSurge leaves room for. Pods that were not available count as room taken. */
  private scaleUp(current: ReplicaSet<P>): boolean {
    const before = current.replicas;
    const room = this.replicas + resolve(this.settings.maxSurge, this.replicas, 'up') - this.total();
    const missing = this.replicas - current.replicas;
    if (missing < 0) current.replicas = this.replicas;
    else current.replicas += Math.max(Math.min(room, missing), 0);
    return current.replicas !== before;
  }

  /** Old pods go as far as maxUnavailable allows: those that are not available first, then the oldest revision. */
  private scaleDown(current: ReplicaSet<P>): void {
    const old = this.sets.filter((set) => set !== current && set.replicas > 0);
    const least = this.leastAvailable;
    const unavailableNew = current.replicas - this.availableOf(current);
    let spare = this.total() - least - unavailableNew;
    for (const set of old) {
      const unhealthy = Math.min(set.replicas - this.availableOf(set), Math.max(spare, 0));
      set.replicas -= unhealthy;
      spare -= unhealthy;
    }
    let surplus = Math.min(this.available - least, spare);
    for (const set of old) {
      const removed = Math.max(Math.min(set.replicas, surplus), 0);
      set.replicas -= removed;
      surplus -= removed;
    }
  }

  /** The ReplicaSet controller: those that are not ready go first, then the youngest. */
  private adjust(set: ReplicaSet<P>): void {
    const active = set.pods.filter(isActive);
    for (let missing = set.replicas - active.length; missing > 0; missing--)
      set.pods.push(this.createPod(set.revision));
    const leaving = active.toReversed().sort((one, other) => Number(one.ready) - Number(other.ready));
    for (const pod of leaving.slice(0, Math.max(active.length - set.replicas, 0))) pod.delete();
  }

  /** Of both zero, Kubernetes lets one be unavailable. */
  get leastAvailable(): number {
    const surge = resolve(this.settings.maxSurge, this.replicas, 'up');
    const unavailable = resolve(this.settings.maxUnavailable, this.replicas, 'down');
    return this.replicas - (surge === 0 && unavailable === 0 ? 1 : Math.min(unavailable, this.replicas));
  }

  private total(): number {
    return this.sets.reduce((sum, { replicas }) => sum + replicas, 0);
  }

  private availableOf({ pods }: ReplicaSet<P>): number {
    return pods.filter((pod) => this.isAvailable(pod)).length;
  }

  private isAvailable({ terminating, ready, readySinceMs = Infinity }: P): boolean {
    return !terminating && ready && performance.now() - readySinceMs >= this.settings.minReadyMs;
  }
}

export function resolve(value: IntOrPercent, of: number, round: 'up' | 'down'): number {
  if (typeof value === 'number') return value;
  const share = (Number.parseFloat(value) / 100) * of;
  return round === 'up' ? Math.ceil(share) : Math.floor(share);
}

function isActive({ terminating, gone }: PodView): boolean {
  return !terminating && !gone;
}
