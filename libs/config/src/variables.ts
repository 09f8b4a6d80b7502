import { z } from 'zod';
import { oneOf } from './schemas';

/** One environment variable: all that is known of it, in the lib that uses it. */
export interface Variable<Schema extends z.ZodType = z.ZodType> {
  /** What it is for, one sentence; printed in `docs/configuration.md` and `.env.example`. */
  about: string;
  /** From the string in the environment to the typed value. Its description reads after "must be". */
  schema: Schema;
  /** As it would be written in the environment. Without one, the variable is required unless the schema is optional. */
  default?: string;
  /** A credential: may come from a mounted file, has no default, and in production must not be a placeholder. */
  secret?: boolean;
  /** Production refuses a secret that is shorter than this, in bytes. */
  minSecretBytes?: number;
  /** For `.env.example`, where there is no default to show. */
  example?: string;
}

/** What has to hold between several variables of a set. */
export interface Rule<Values> {
  holds: (values: Values) => boolean;
  /** Names the variables; never a value. */
  message: string;
}

export interface VariableSet<Values> {
  variables: Readonly<Record<string, Variable>>;
  rules: readonly Rule<Values>[];
}

/** The typed values of a variable set, keyed by the variables' own names. */
export type ConfigOf<Set> = Set extends VariableSet<infer Values> ? Readonly<Values> : never;

type Values<V extends Record<string, Variable>> = { [Name in keyof V]: z.output<V[Name]['schema']> };

/** Declares the variables of one lib. */
export function defineVariables<const V extends Record<string, Variable>>(
  variables: V,
  rules: Rule<Values<V>>[] = [],
): VariableSet<Values<V>> {
  for (const [name, variable] of Object.entries(variables)) {
    if (variable.secret && variable.default !== undefined)
      throw new Error(`${name}: a secret has no default`);
    if (variable.schema.description === undefined) throw new Error(`${name}: its schema has no description`);
  }
  return { variables, rules };
}

/** The one variable of this lib: which rules of secrecy apply. */
export const environmentVariables = defineVariables({
  NODE_ENV: {
    about: 'Kind of environment. `production` refuses placeholders and weak secrets.',
    schema: oneOf(['development', 'test', 'production']),
    default: 'production',
  },
});

type Intersection<Sets extends readonly unknown[]> = Sets extends readonly [infer First, ...infer Rest]
  ? ConfigOf<First> & Intersection<Rest>
  : unknown;

/**
 * The variables of an app: those of the libs that it uses, and NODE_ENV.
 *
 * @throws Error when two sets declare the same name differently
 */
export function composeVariables<const Sets extends readonly unknown[]>(
  ...sets: Sets
): VariableSet<ConfigOf<typeof environmentVariables> & Intersection<Sets>> {
  const variables: Record<string, Variable> = {};
  const all = [environmentVariables, ...sets] as VariableSet<never>[];
  for (const [name, variable] of all.flatMap((set) => Object.entries(set.variables))) {
    if (variables[name] && variables[name] !== variable) throw new Error(`${name} is declared twice`);
    variables[name] = variable;
  }
  return { variables, rules: [...new Set(all.flatMap((set) => set.rules))] as Rule<unknown>[] };
}
