import { Fault, fault } from '../fault';
import type { Rule } from '../rendered';
import { allContainers } from '../workloads';

const FACTORS: Readonly<Record<string, number>> = {
  ...{ n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
  ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};
/** What is less is a forgotten unit. */
const LEAST_MEMORY = '64Mi';
/** Of one thread each; what is more is a forgotten `m`. */
const MOST_CPU = '16';

/** Quantities that a pod can start and be scheduled with. */
export const resources: Rule = ({ objects }) =>
  allContainers(objects).flatMap(({ workload: { object }, container, path }) => {
    const { requests = {}, limits = {} } = container.resources ?? {};
    const given = [
      ...Object.entries(requests).map(([name, value]) => ({ field: `requests.${name}`, name, value })),
      ...Object.entries(limits).map(([name, value]) => ({ field: `limits.${name}`, name, value })),
    ];
    const odd = given.flatMap(({ field, name, value }): Fault[] => {
      const place = `${path}.resources.${field}`;
      if (name === 'memory' && amount(value) < amount(LEAST_MEMORY))
        return [
          fault(object, place, `is ${String(value)}: take at least ${LEAST_MEMORY}; or is a unit missing?`),
        ];
      if (name === 'cpu' && amount(value) > amount(MOST_CPU))
        return [
          fault(object, place, `is ${String(value)} cores: take at most ${MOST_CPU}; or is an m missing?`),
        ];
      return [];
    });
    const inverted = Object.entries(requests)
      .filter(([name, value]) => limits[name] !== undefined && amount(value) > amount(limits[name]))
      .map(([name, value]) =>
        fault(
          object,
          `${path}.resources.requests.${name}`,
          `is ${String(value)}, more than the limit ${String(limits[name])}`,
        ),
      );
    return [...odd, ...inverted];
  });

/** A quantity of Kubernetes as a number: `256Mi`, `100m`, `1e3`. */
export function amount(quantity: unknown): number {
  const [, digits, suffix = ''] = /^([+-]?[\d.]+(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(quantity)) ?? [];
  return Number(digits) * (FACTORS[suffix] ?? NaN);
}
