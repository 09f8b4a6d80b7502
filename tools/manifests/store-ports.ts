import type { Variable } from '@kubernest/config';
import { environmentOf } from './container-environment';
import { egressOf, letsOut } from './policies';
import { OwnContainer, ownContainers } from './processes';
import type { Rendered } from './rendered';
import { portOf } from './rules/addresses';

export const DNS_PORT = 53;
/** Of DNS and of OTLP, which most workloads may reach: no store is there. */
const PORTS_OF_OTHERS = [DNS_PORT, 4317, 4318];
const USUAL_PORTS: Readonly<Record<string, number>> = { DATABASE_URL: 5432, REDIS_URL: 6379 };

/** The variables that lead to data stores. */
export const STORES = Object.keys(USUAL_PORTS);

export function needs(own: OwnContainer, store: string): boolean {
  return store in (own.set.variables as Readonly<Record<string, Variable | undefined>>);
}

/**
 * The port of a data store. Where only the cluster knows its URL it is the one on which the policies agree: open to the most
 * workloads that need the store, and to the fewest that do not.
 */
export function storePort(store: string, own: OwnContainer, rendered: Rendered): number {
  const url = environmentOf(own, rendered).settings.find(({ name }) => name === store)?.value;
  const known = url !== undefined && URL.canParse(url) ? portOf(new URL(url)) : undefined;
  return known === undefined ? agreedPort(store, rendered) : Number(known);
}

function agreedPort(store: string, rendered: Rendered): number {
  const workloads = ownContainers(rendered.objects).map((own) => ({
    needing: needs(own, store),
    rules: egressOf(own.workload, rendered),
  }));
  const open = workloads.flatMap(({ rules }) => rules.flatMap(({ ports = [] }) => ports));
  const numbers = open.flatMap(({ port }) =>
    typeof port === 'number' && !PORTS_OF_OTHERS.includes(port) ? [port] : [],
  );
  const score = (port: number) =>
    workloads
      .filter(({ rules }) => letsOut(rules, port, 'TCP'))
      .reduce((sum, { needing }) => sum + (needing ? 1 : -1), 0);
  const usual = USUAL_PORTS[store] ?? 0;
  return numbers.reduce((best, port) => (score(port) > score(best) ? port : best), usual);
}
