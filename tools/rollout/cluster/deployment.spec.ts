import { Deployment, resolve, type DeploymentSettings } from './deployment';
import { mayEvict } from './disruption-budget';
import type { PodView } from './pod';

class FakePod implements PodView {
  readonly node = 'node-1';
  ready = false;
  readySinceMs: number | undefined;
  terminating = false;
  gone = false;

  constructor(readonly name: string) {}

  becomeReady(): void {
    this.ready = true;
    this.readySinceMs = performance.now();
  }

  delete(): void {
    this.terminating = true;
  }
}

let created: FakePod[];
beforeEach(() => (created = []));

function deploymentOf(replicas: number, settings: Partial<DeploymentSettings> = {}): Deployment<FakePod> {
  const create = (revision: number) => {
    const pod = new FakePod(`${revision}-${created.length}`);
    created.push(pod);
    return pod;
  };
  const all = { maxSurge: 1, maxUnavailable: 0, minReadyMs: 0, ...settings };
  const deployment = new Deployment(all, create, replicas);
  deployment.rollOut(1);
  deployment.reconcile();
  for (const pod of created) pod.becomeReady();
  deployment.reconcile();
  return deployment;
}

const living = () => created.filter(({ terminating }) => !terminating).map(({ name }) => name);

describe('a rolling update with maxSurge 1 and maxUnavailable 0', () => {
  test('adds one pod, and removes an old one only when that is available', () => {
    const deployment = deploymentOf(3);
    deployment.rollOut(2);
    deployment.reconcile();
    deployment.reconcile();
    expect(living()).toEqual(['1-0', '1-1', '1-2', '2-3']);
    created.at(-1)?.becomeReady();
    deployment.reconcile();
    expect(living()).toEqual(['1-0', '1-1', '2-3']);
    deployment.reconcile();
    expect(living()).toEqual(['1-0', '1-1', '2-3', '2-4']);
  });

  test('comes to its end with every pod replaced, never more than one above and none below', () => {
    const deployment = deploymentOf(3);
    deployment.fewestAvailable = Infinity;
    deployment.rollOut(2);
    for (let round = 0; round < 12; round++) {
      deployment.reconcile();
      for (const pod of created) if (!pod.ready) pod.becomeReady();
      for (const pod of created) pod.gone = pod.terminating;
    }
    deployment.reconcile();
    expect(living()).toEqual(['2-3', '2-4', '2-5']);
    expect(deployment).toMatchObject({ complete: true, fewestAvailable: 3, mostPods: 4 });
  });

  test('stalls while the new pod is not ready', () => {
    const deployment = deploymentOf(2);
    deployment.rollOut(2);
    for (let round = 0; round < 5; round++) deployment.reconcile();
    expect(living()).toEqual(['1-0', '1-1', '2-2']);
  });

  test('is undone by taking up the pods that are left, the new one going first', () => {
    const deployment = deploymentOf(2);
    deployment.rollOut(2);
    deployment.reconcile();
    deployment.rollOut(1);
    deployment.reconcile();
    expect(living()).toEqual(['1-0', '1-1']);
  });

  test('counts a pod as available only after minReadySeconds', () => {
    const deployment = deploymentOf(1, { minReadyMs: 60_000 });
    expect(deployment).toMatchObject({ available: 0, complete: false });
    for (const pod of created) pod.readySinceMs = performance.now() - 60_000;
    expect(deployment).toMatchObject({ available: 1, complete: true });
  });

  test('counts a terminating pod neither as there nor as available, and replaces it at once', () => {
    const deployment = deploymentOf(2);
    created[0]?.delete();
    deployment.reconcile();
    expect(living()).toEqual(['1-1', '1-2']);
    expect(deployment.available).toBe(1);
  });
});

test('maxUnavailable lets old pods go before new ones are available', () => {
  const deployment = deploymentOf(4, { maxSurge: 0, maxUnavailable: 2 });
  deployment.rollOut(2);
  deployment.reconcile();
  expect(living()).toHaveLength(2);
});

test('a scale-down removes what is not ready first, then the youngest', () => {
  const deployment = deploymentOf(4);
  const [, second] = created;
  if (second) second.ready = false;
  deployment.replicas = 2;
  deployment.reconcile();
  expect(living()).toEqual(['1-0', '1-2']);
});

test('percentages are rounded up for surge and down for unavailability', () => {
  expect([resolve('25%', 3, 'up'), resolve('25%', 3, 'down'), resolve(2, 3, 'up')]).toEqual([1, 0, 2]);
});

describe('a disruption budget of maxUnavailable 1', () => {
  const pods = (...ready: boolean[]) =>
    ready.map((each, index) => Object.assign(new FakePod(String(index)), { ready: each }));
  const budget = { maxUnavailable: 1, evictUnhealthyAlways: true };
  const evictable = (all: FakePod[], index: number, settings = budget) =>
    mayEvict(all[index] as FakePod, { pods: all, replicas: all.length, budget: settings });

  test('lets one ready pod go, and the next one when its replacement is ready', () => {
    expect(evictable(pods(true, true, true), 0)).toBe(true);
    expect(evictable(pods(true, true, false), 0)).toBe(false);
  });

  test('lets a pod that is not ready go, whatever the others are, if it says AlwaysAllow', () => {
    expect(evictable(pods(false, true, false), 0)).toBe(true);
    expect(evictable(pods(false, true, false), 0, { ...budget, evictUnhealthyAlways: false })).toBe(false);
  });
});
