import type { Fault } from './fault';
import type { KubernetesObject } from './objects';

/** What `kubectl apply` would send to the cluster, and what is known of where it goes. */
export interface Rendered {
  /** For people: `overlays/prod`, `base + hpa`. */
  title: string;
  /** Whether somebody applies it: a combination of components is for these tests only. */
  isOverlay: boolean;
  objects: readonly KubernetesObject[];
  /** Secrets that somebody else makes, by name, with their keys: a component alone brings none. */
  secretsFromElsewhere: Readonly<Record<string, readonly string[]>>;
  /** Processes that are no part of it on purpose. */
  runsElsewhere?: readonly string[];
  /** Whether Secrets with values may stand in it: they do in `dev`, and nowhere else. */
  mayHoldSecrets: boolean;
}

/** Judges rendered objects; a fault names the object, the field and the next step. */
export type Rule = (rendered: Rendered) => Fault[];
