import { readFileSync } from 'node:fs';
import { secretFault } from './secret-fault';
import type { ConfigOf, Variable, VariableSet } from './variables';

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
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  const production = (env['NODE_ENV'] ?? set.variables['NODE_ENV']?.default) === 'production';
  for (const [name, variable] of Object.entries(set.variables)) {
    const outcome = parse(name, variable, env, production);
    if ('fault' in outcome) faults.push(outcome.fault);
    else values[name] = outcome.value;
  }
  if (faults.length === 0) {
    faults.push(...set.rules.filter((rule) => !rule.holds(values as Values)).map((rule) => rule.message));
  }
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

type Outcome = { value: unknown } | { fault: string };

function parse(name: string, variable: Variable, env: Environment, production: boolean): Outcome {
  const given = read(name, env);
  if ('fault' in given) return given;
  const raw = given.raw ?? variable.default;
  const result = variable.schema.safeParse(raw);
  if (!result.success) {
    const must = `must be ${variable.schema.description ?? 'valid'}`;
    return {
      fault: raw === undefined ? `${name} is required: ${must} (or set ${name}_FILE)` : `${name} ${must}`,
    };
  }
  const weakness =
    production && variable.secret && raw !== undefined ? secretFault(raw, variable) : undefined;
  return weakness ? { fault: `${name} ${weakness}` } : { value: result.data };
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
