import type { CloseStep } from '../src';

export type Behaviour = 'ok' | 'slow' | 'hang' | 'reject' | 'throw';

/** What a test wants the fixture service to do; handed over as JSON in the environment variable FIXTURE. */
export interface Plan {
  /** Where the start stops for ever. */
  hangIn?: 'create' | 'init' | 'configure' | 'listen';
  /** `when closed`: as what waits for a store fails that is closed under it. */
  failInit?: 'at once' | 'when closed';
  close?: Partial<Record<CloseStep, Behaviour>>;
  drain?: Behaviour;
  /** A hook of a third party, which Nest calls before anything of ours. */
  onModuleDestroy?: 'hang';
  checks?: { name: string; dependency?: 'postgres' | 'redis'; does: Behaviour | 'leak' }[];
  openWork?: string[];
}
