import type { Cluster, Revision } from './cluster/cluster';

/** What a scenario works with. */
export interface Stage {
  cluster: Cluster;
  /** How many there are at its beginning. */
  pods: number;
  /** Says what is being done, for people and for the picture. */
  step: (title: string) => void;
  /** Notes something that has to hold besides that no request is lost. */
  check: (what: string, holds: boolean) => void;
}

export interface Scenario {
  title: string;
  pods: { full: number; quick: number };
  run(stage: Stage, quick: boolean): Promise<void>;
}

/** A new pod template, with nothing of its environment changed: what `kubectl rollout restart` makes. */
const RESTARTED: Revision = {};
/** Alive, and never ready. */
const UNREADY: Revision = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' };
/** A container that ends at once: exit code 78. */
const MISCONFIGURED: Revision = { LOG_LEVEL: 'nonsense' };
/** Readiness probes that a new pod has to fail before somebody undoes the rollout. */
const FAILED_PROBES = 6;

const restart: Scenario = {
  title: 'rolling restart',
  pods: { full: 6, quick: 3 },
  async run({ cluster, step, check, pods }) {
    step(`restart ${pods} pods`);
    cluster.release(RESTARTED);
    await cluster.settled();
    check('as many pods were available as maxUnavailable asks for', cluster.neverTooFew);
  },
};

const scaleDown: Scenario = {
  title: 'scale-down',
  pods: { full: 6, quick: 6 },
  async run({ cluster, step, pods }) {
    const left = Math.ceil(pods / 3);
    step(`${pods} pods to ${left}`);
    cluster.scale(left);
    await cluster.settled();
  },
};

const rollback: Scenario = {
  title: 'rollback',
  pods: { full: 3, quick: 2 },
  async run(stage, quick) {
    await undoWhatNeverBecomesReady(stage);
    await undoWhatCrashes(stage, quick ? 1 : 2);
    await undoWhatWorks(stage, quick);
    stage.check('as many pods were available as maxUnavailable asks for', stage.cluster.neverTooFew);
  },
};

async function undoWhatNeverBecomesReady({ cluster, step, check }: Stage): Promise<void> {
  step('a release that does not reach its database');
  cluster.release(UNREADY);
  await cluster.until('a new pod to fail its readiness probes', () =>
    cluster.updated.some(({ failedReadinessProbes }) => failedReadinessProbes >= FAILED_PROBES),
  );
  check(
    'a release that is not ready serves nothing',
    cluster.updated.every(({ ready }) => !ready),
  );
  check('a release that is not ready replaces no more pods than it may', cluster.neverTooFew);
  await undo({ cluster, step });
}

async function undoWhatCrashes({ cluster, step, check }: Stage, crashes: number): Promise<void> {
  step('a release that exits at once');
  cluster.release(MISCONFIGURED);
  await cluster.until('a new pod to crash', () =>
    cluster.updated.some(({ exits }) => exits.length >= crashes),
  );
  check(
    'a release that crashes serves nothing',
    cluster.updated.every(({ ready }) => !ready),
  );
  check('a release that crashes replaces no more pods than it may', cluster.neverTooFew);
  await undo({ cluster, step });
}

/** In the full form when it is complete, else as soon as the first of its pods serves. */
async function undoWhatWorks({ cluster, step }: Stage, quick: boolean): Promise<void> {
  step('a release that works');
  cluster.release(RESTARTED);
  if (quick)
    await cluster.until('a new pod to serve', () => cluster.updated.some(({ name }) => cluster.serves(name)));
  else await cluster.settled();
  await undo({ cluster, step });
}

async function undo({ cluster, step }: Pick<Stage, 'cluster' | 'step'>): Promise<void> {
  step('undone');
  cluster.undo();
  await cluster.settled();
}

const drain: Scenario = {
  title: 'node drain',
  pods: { full: 6, quick: 4 },
  async run({ cluster, step, check }) {
    const [node = ''] = cluster.nodes;
    step(`drain ${node}`);
    const evicted = cluster.deployment.pods.filter((pod) => pod.node === node);
    await cluster.drain(node);
    await cluster.settled();
    check('several pods left the node', evicted.length > 1 && evicted.every(({ gone }) => gone));
    check('the disruption budget was kept', cluster.budgetKept);
  },
};

export const SCENARIOS = { restart, 'scale-down': scaleDown, rollback, drain };
export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
