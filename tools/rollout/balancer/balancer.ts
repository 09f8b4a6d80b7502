import type { Endpoint } from '../cluster/endpoints';
import { startBuiltin } from './builtin';
import { findHaproxy, startHaproxy } from './haproxy';

/** Who forwards requests to pods; knows of them only by the endpoints that it is told. Never tries a request twice. */
export interface Balancer {
  port: number;
  use(endpoints: Endpoint[]): void;
  stop(): Promise<void>;
}

export const BALANCERS = ['haproxy', 'builtin'] as const;
export type BalancerName = (typeof BALANCERS)[number];

export function defaultBalancer(): BalancerName {
  return findHaproxy() === undefined ? 'builtin' : 'haproxy';
}

export function startBalancer(name: BalancerName, folder: string): Promise<Balancer> {
  return name === 'haproxy' ? startHaproxy(folder) : startBuiltin();
}
