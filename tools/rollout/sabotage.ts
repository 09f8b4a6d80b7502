import { resolve } from 'node:path';
import type { Manifest } from './manifest';
import { drainMsOf } from './timing';

interface Sabotage {
  about: string;
  manifest(manifest: Manifest): Manifest;
  stopSignal?: NodeJS.Signals;
  env?: NodeJS.ProcessEnv;
  /** How long a deleted pod still serves as it should, in the manifest's time. */
  servesMs(sabotaged: Manifest): number;
}

/** Ways to lose requests: each takes away one part of what the manifests and the app do against it. */
export const SABOTAGES = {
  'no-drain': {
    about: 'no preStop, and SHUTDOWN_DRAIN_MS=0: a pod is closed while it is still being sent requests',
    manifest: (manifest) => ({
      ...manifest,
      preStopMs: 0,
      env: { ...manifest.env, SHUTDOWN_DRAIN_MS: '0' },
    }),
    servesMs: () => 0,
  },
  'no-prestop': {
    about: 'no preStop: the drain is all that is left',
    manifest: (manifest) => ({ ...manifest, preStopMs: 0 }),
    servesMs: drainMsOf,
  },
  kill: {
    about: 'SIGKILL where SIGTERM belongs, after preStop',
    manifest: (manifest) => manifest,
    stopSignal: 'SIGKILL',
    servesMs: ({ preStopMs }) => preStopMs,
  },
  '503-while-draining': {
    about: 'from SIGTERM on, every new request is answered with 503',
    manifest: (manifest) => manifest,
    env: { NODE_OPTIONS: `--require ${resolve(import.meta.dirname, 'refuse-while-draining.cjs')}` },
    servesMs: ({ preStopMs }) => preStopMs,
  },
} satisfies Record<string, Sabotage>;

export type SabotageName = keyof typeof SABOTAGES;

export function sabotageOf(name: SabotageName): Sabotage {
  return SABOTAGES[name];
}

/** How near to the whole of preStop and drain the delay comes. */
const REVEALING_SHARE = 0.9;

/**
 * A delay within what the manifests are made for and beyond what the sabotage leaves of it. With a shorter one
 * nothing need be lost: of preStop and drain, either alone is enough for the new connections of proxies that are quick.
 */
export function revealingPropagationMs(manifest: Manifest, sabotage: Sabotage): number {
  const wholeMs = manifest.preStopMs + drainMsOf(manifest);
  const leftMs = sabotage.servesMs(sabotage.manifest(manifest));
  return leftMs + (wholeMs - leftMs) * REVEALING_SHARE;
}
