import type { Manifest, ProbeSettings } from './manifest';

/** Variables of the app that are waits of the rollout, too. */
const WAITS = ['SHUTDOWN_DRAIN_MS', 'SHUTDOWN_TIMEOUT_MS'];
/** kubectl drain asks again for an eviction that the budget refused. */
const EVICTION_RETRY_MS = 5_000;
/** CrashLoopBackOff: the kubelet's first pause; it doubles up to the second one. */
const BACK_OFF_MS = 10_000;
const BACK_OFF_MAX_MS = 300_000;
/** What the kubelet leaves between SIGTERM and SIGKILL at least, however long preStop took. */
const LEAST_GRACE_MS = 2_000;

/** The manifest's waits and the cluster's own, all divided by the speed. */
export interface Timing {
  manifest: Manifest;
  speed: number;
  /** Until every proxy has heard of a change of the endpoints. */
  propagationMs: number;
  evictionRetryMs: number;
  backOffMs: number;
  backOffMaxMs: number;
  leastGraceMs: number;
}

export function timingOf(
  manifest: Manifest,
  { speed, propagationMs }: { speed: number; propagationMs: number },
): Timing {
  const scale = (ms: number) => ms / speed;
  return {
    manifest: scaledManifest(manifest, scale),
    speed,
    propagationMs: scale(propagationMs),
    evictionRetryMs: scale(EVICTION_RETRY_MS),
    backOffMs: scale(BACK_OFF_MS),
    backOffMaxMs: scale(BACK_OFF_MAX_MS),
    leastGraceMs: scale(LEAST_GRACE_MS),
  };
}

function scaledManifest(manifest: Manifest, scale: (ms: number) => number): Manifest {
  const probe = (settings: ProbeSettings | undefined) =>
    settings && {
      ...settings,
      initialDelayMs: scale(settings.initialDelayMs),
      periodMs: scale(settings.periodMs),
    };
  const { startup, readiness, liveness } = manifest.probes;
  const env = Object.entries(manifest.env).map(([name, value]) => [
    name,
    WAITS.includes(name) ? String(Math.round(scale(Number(value)))) : value,
  ]);
  return {
    ...manifest,
    minReadyMs: scale(manifest.minReadyMs),
    preStopMs: scale(manifest.preStopMs),
    graceMs: scale(manifest.graceMs),
    probes: { startup: probe(startup), readiness: probe(readiness), liveness: probe(liveness) },
    env: Object.fromEntries(env) as Record<string, string>,
  };
}

/** Of the processes' own variables, in the manifest's time. */
export function drainMsOf(manifest: Manifest): number {
  return Number(manifest.env['SHUTDOWN_DRAIN_MS'] ?? 0);
}
