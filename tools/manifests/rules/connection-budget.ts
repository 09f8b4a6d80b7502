import { MIGRATION_CONNECTIONS } from '@kubernest/db';
import { Fault, fault } from '../fault';
import { MostPods, mostPods } from '../most-pods';
import { KubernetesObject, nameOf } from '../objects';
import { numberOf, OwnContainer, ownContainers } from '../processes';
import type { Rendered, Rule } from '../rendered';
import { needs } from '../store-ports';

/** Postgres' superuser_reserved_connections, by default: not for applications. */
export const RESERVED_CONNECTIONS = 3;

interface Share {
  object: KubernetesObject;
  path: string;
  pods: MostPods;
  /** Of one pod. */
  connections: number;
}

/** At the worst moment, all pods together open no more connections than MAX_CONNECTIONS allows. */
export const connectionBudget: Rule = (rendered) => {
  const containers = ownContainers(rendered.objects).filter((own) => needs(own, 'DATABASE_URL'));
  const limits = new Set(containers.flatMap((own) => numberOf(own, rendered, 'MAX_CONNECTIONS') ?? []));
  const [largest] = containers;
  if (!largest) return [];
  if (limits.size > 1) {
    const message = `MAX_CONNECTIONS differs between the workloads (${[...limits].join(', ')}), which share one database: set it in app-config`;
    return [fault(largest.workload.object, '', message)];
  }
  const budget = Math.max(...limits) - RESERVED_CONNECTIONS;
  const shares = containers.map((own) => shareOf(own, rendered));
  const sum = shares.reduce((total, share) => total + totalOf(share), 0);
  return sum <= budget ? [] : [overspent(shares, sum, budget)];
};

function shareOf(own: OwnContainer, rendered: Rendered): Share {
  return {
    object: own.workload.object,
    path: own.path,
    pods: mostPods(rendered.objects, own.workload),
    // The migration has a pool of fixed size.
    connections: numberOf(own, rendered, 'DATABASE_POOL_MAX') ?? MIGRATION_CONNECTIONS,
  };
}

function podsOf({ pods: { running, surge, draining } }: Share): number {
  return running + surge + draining;
}

function totalOf(share: Share): number {
  return podsOf(share) * share.connections;
}

/** Names the workload that takes the most, every line of the sum, and the pool that would fit. */
function overspent(shares: readonly Share[], sum: number, budget: number): Fault {
  const lines = shares.map((share) => {
    const { running, surge, draining } = share.pods;
    const pods = surge + draining > 0 ? `(${running} + ${surge} surge + ${draining} draining)` : running;
    return `  ${nameOf(share.object)}: ${share.connections} x ${pods} = ${totalOf(share)}`;
  });
  const largest = shares.reduce((most, share) => (totalOf(share) > totalOf(most) ? share : most));
  const fitting = Math.floor((budget - (sum - totalOf(largest))) / podsOf(largest));
  const advice =
    fitting > 0
      ? `DATABASE_POOL_MAX ${fitting} of ${largest.object.metadata.name} would fit`
      : 'no pool size would fit: allow more connections, or fewer pods';
  const message = `${sum} connections at most, of ${budget} (MAX_CONNECTIONS less ${RESERVED_CONNECTIONS} reserved): ${advice}\n${lines.join('\n')}`;
  return fault(largest.object, `${largest.path}.env`, message);
}
