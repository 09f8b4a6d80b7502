import { readFileSync } from 'node:fs';
import { secretFault } from './secret-fault';
import type { ConfigOf, Rule, Variable, VariableSet } from './variables';

/** `EX_CONFIG` of BSD's sysexits.h: something is wrong with the configuration, and a restart will not mend it. */
export const EXIT_CONFIG = 78;

export type Environment = Readonly<Record<string, string | undefined>>;
export type Config<Set> = ConfigOf<Set>;

/** Every fault of a configuration, by the variable's name; never a value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';

  constructor(readonly faults: readonly string[]) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    super(
      [
        `The configuration has ${count}:`,
        ...faults.map((fault) => `  ${fault}`),
        'See docs/configuration.md.',
      ].join('\n'),
    );
  }
}

/**
 * Parses and freezes the configuration of an app.
 *
 * A variable may be given as `NAME`, or as `NAME_FILE`, the path of a file that holds its value (a mounted secret; one
 * trailing newline is dropped). An empty variable counts as not set.
 *
 * @throws ConfigError with all faults at once
 */
export function loadConfig<Values>(set: VariableSet<Values>, env: Environment): Readonly<Values> {
  const outcomes = Object.entries(set.variables).map(([name, variable]) => parse(name, variable, env));
  const values = Object.fromEntries(
    outcomes.flatMap((outcome) => ('fault' in outcome ? [] : [[outcome.name, outcome.value]])),
  );
  // What is no environment at all is not excused from secrecy.
  const production =
    'NODE_ENV' in set.variables && !['development', 'test'].includes(String(values['NODE_ENV']));
  const faults = outcomes.flatMap((outcome) => {
    if ('fault' in outcome) return [outcome.fault];
    const weakness = production ? weaknessOf(outcome, set.variables[outcome.name]) : undefined;
    return weakness === undefined ? [] : [`${outcome.name} ${weakness}`];
  });
  faults.push(...brokenRules(set, values));
  if (faults.length > 0) throw new ConfigError(faults);
  return Object.freeze(values) as Readonly<Values>;
}

/** As `loadConfig`; on a fault prints all of them and ends the process with exit code 78. */
export function loadConfigOrExit<Values>(set: VariableSet<Values>, env: Environment): Readonly<Values> {
  try {
    return loadConfig(set, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(EXIT_CONFIG);
  }
}

type Outcome = { name: string; raw: string | undefined; value: unknown } | { fault: string };

function parse(name: string, variable: Variable, env: Environment): Outcome {
  const given = read(name, env);
  if ('fault' in given) return given;
  const raw = given.raw ?? variable.default;
  const result = variable.schema.safeParse(raw);
  if (result.success) return { name, raw, value: freezeList(result.data) };
  const must = `must be ${variable.schema.description ?? 'valid'}`;
  return {
    fault: raw === undefined ? `${name} is required: ${must} (or set ${name}_FILE)` : `${name} ${must}`,
  };
}

function freezeList(value: unknown): unknown {
  return Array.isArray(value) ? Object.freeze(value) : value;
}

function weaknessOf({ raw }: { raw: string | undefined }, variable?: Variable): string | undefined {
  return variable?.secret && raw !== undefined ? secretFault(raw, variable) : undefined;
}

/** Of the rules that can be judged: one that asks for a variable with a fault of its own says nothing. */
function brokenRules<Values>(set: VariableSet<Values>, values: object): string[] {
  const known = new Proxy(values, {
    get: (target, name) => {
      if (name in set.variables && !(name in target)) throw new UnknownValue();
      return Reflect.get(target, name) as unknown;
    },
  }) as Values;
  return set.rules.filter((rule) => !holds(rule, known)).map((rule) => rule.message);
}

class UnknownValue extends Error {}

function holds<Values>(rule: Rule<Values>, values: Values): boolean {
  try {
    return rule.holds(values);
  } catch (error) {
    if (error instanceof UnknownValue) return true;
    throw error;
  }
}

function read(name: string, env: Environment): { raw: string | undefined } | { fault: string } {
  const direct = env[name] === '' ? undefined : env[name];
  const file = env[`${name}_FILE`];
  if (file === undefined || file === '') return { raw: direct };
  if (direct !== undefined) return { fault: `${name} and ${name}_FILE are both set: keep one` };
  try {
    const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
    return content === '' ? { fault: `${name}_FILE names an empty file` } : { raw: content };
  } catch (error) {
    return {
      fault: `${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`,
    };
  }
}
