import type { Tree } from '@nx/devkit';
import { scopeOf } from '../support/workspace';

export type VariableType = 'text' | 'integer' | 'boolean' | 'milliseconds' | 'seconds' | 'url';

interface Spelling {
  schema: string;
  /** Of libs/config. */
  helper: string;
  takes: (value: string) => boolean;
}

const MOST = 1_000_000;
const LONGEST_MS = 3_600_000;
const LONGEST_SECONDS = 86_400;

const wholeNumber = (most: number) => (value: string) => /^\d{1,15}$/.test(value) && Number(value) <= most;

/** With bounds that are generous: whoever knows better makes them narrower. */
export const TYPES: Readonly<Record<VariableType, Spelling>> = {
  text: { schema: 'text()', helper: 'text', takes: (value) => value.length > 0 },
  integer: { schema: 'integer({ min: 0, max: 1_000_000 })', helper: 'integer', takes: wholeNumber(MOST) },
  boolean: { schema: 'boolean()', helper: 'boolean', takes: (value) => /^(true|false)$/.test(value) },
  milliseconds: {
    schema: "duration({ min: 0, max: 3_600_000, unit: 'ms' })",
    helper: 'duration',
    takes: wholeNumber(LONGEST_MS),
  },
  seconds: {
    schema: "duration({ min: 0, max: 86_400, unit: 's' })",
    helper: 'duration',
    takes: wholeNumber(LONGEST_SECONDS),
  },
  url: {
    schema: "url(['http', 'https'])",
    helper: 'url',
    takes: (value) => URL.canParse(value) && /^https?:/.test(value),
  },
};

/** How a variable of that type is declared, and what that imports. */
export function schemaOf(type: VariableType) {
  const { schema, helper } = TYPES[type];
  const from = (tree: Tree, lib: string) =>
    lib === 'config' ? 'libs/config/src/schemas.ts' : `${scopeOf(tree)}/config`;
  return { schema, helper, from };
}

/** A text as a literal; the formatter chooses the quotes. */
export function literal(text: string): string {
  return JSON.stringify(text);
}
