import type { Agent } from 'node:http';
import { ANYTHING } from './anything';
import type { Answer } from './exchange';
import type { LoadPlan } from './load-plan';
import { SESSIONS } from './sessions/people';

/** The people at the other end. */
export interface People {
  /** What they need to begin with. @throws Error when the API does not give it */
  join(): Promise<void>;
  ask(kind: string, agent: Agent | undefined): Promise<Answer>;
  /** What the API has confirmed to have written. */
  readonly confirmed: string[];
}

/** What they may ask for; each is a request to the API and nothing else. */
export interface Traffic {
  /** The share of each kind; the first is the usual one. Bodies of the kinds `slow` and `large` come in pieces. */
  shares: Readonly<Record<string, number>>;
  /** What else the pods need. */
  settings: () => NodeJS.ProcessEnv;
  people: (plan: LoadPlan) => People;
  /** How much of what was confirmed is not in the database. */
  missing: (database: string, confirmed: readonly string[]) => Promise<number>;
}

/** The first one is sent. */
const features: Traffic[] = [SESSIONS];

/** Without any feature, what is always there. */
export const traffic: Traffic = features[0] ?? ANYTHING;
export const KINDS: readonly string[] = Object.keys(traffic.shares);
