import { Fault } from '../start/fault';

/** What is read of `kubectl get replicasets -o json`. */
export interface ReplicaSetList {
  items: {
    metadata: {
      creationTimestamp: string;
      annotations?: Record<string, string>;
      ownerReferences?: { kind: string; name: string }[];
    };
    spec: { template: { metadata?: { labels?: Record<string, string> } } };
  }[];
}

interface Revision {
  deployment: string;
  revision: number;
  version: string;
  /** When a pod template of that kind was first there; undoing makes its revision new, but not its ReplicaSet. */
  created: string;
}

/**
 * To which revision each Deployment has to go so that all of them run the release before the present one. Not simply the revision before:
 * that may be of the same release, with other settings or restarted.
 *
 * @throws Fault when the cluster does not know of an earlier release that all of them had
 */
export function previousRelease(
  { items }: ReplicaSetList,
  deployments: readonly string[],
): { name: string; revision: number }[] {
  const revisions = items.flatMap(revisionOf).sort((one, other) => other.revision - one.revision);
  const histories = deployments.map((name) => revisions.filter(({ deployment }) => deployment === name));
  const version = earlierVersions(histories[0] ?? []).find((candidate) =>
    histories.every((history) => history.some((revision) => revision.version === candidate)),
  );
  if (version === undefined) {
    const present = [...new Set(histories.map(([latest]) => latest?.version ?? 'none'))].join(', ');
    throw new Fault(
      `The cluster knows no release before ${present} that ${deployments.join(' and ')} all had: apply the version that you want`,
    );
  }
  return deployments.map((name, index) => ({
    name,
    revision: histories[index]?.find((each) => each.version === version)?.revision ?? 0,
  }));
}

function revisionOf({ metadata, spec }: ReplicaSetList['items'][number]): Revision[] {
  const deployment = metadata.ownerReferences?.find(({ kind }) => kind === 'Deployment')?.name;
  const revision = Number(metadata.annotations?.['deployment.kubernetes.io/revision']);
  const version = spec.template.metadata?.labels?.['app.kubernetes.io/version'];
  if (deployment === undefined || version === undefined || Number.isNaN(revision)) return [];
  return [{ deployment, revision, version, created: metadata.creationTimestamp }];
}

/** Latest first. Of releases that are older than the present one, also where that was undone to itself. */
function earlierVersions(history: readonly Revision[]): string[] {
  const present = history[0];
  const since = history
    .filter(({ version }) => version === present?.version)
    .map(({ created }) => created)
    .sort()[0];
  const older = history.filter(
    ({ version, created }) => version !== present?.version && since !== undefined && created < since,
  );
  return older.sort((one, other) => other.created.localeCompare(one.created)).map(({ version }) => version);
}
