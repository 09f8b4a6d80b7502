import { parseArgs } from 'node:util';

/** In the order in which they are run; the number of each is its place. */
export const MEASUREMENTS = ['start', 'requests', 'cleanup', 'build', 'observability'] as const;
export type MeasurementName = (typeof MEASUREMENTS)[number];

export interface BenchOptions {
  help: boolean;
  /** Small and short: shows that everything works, its figures mean nothing. */
  quick: boolean;
  only: MeasurementName[];
  /** File for the results. */
  json: string | undefined;
}

export const usage = `npm run bench                       everything, about nine minutes
npm run bench -- --only 1,cleanup   only these: 1 start, 2 requests, 3 cleanup, 4 build,
                                    5 observability
npm run bench -- --json FILE        also writes the results, with every sample, to FILE
npm run bench -- --quick            small and short: a smoke test, its figures mean nothing
npm run bench -- --help             this text

It starts a Postgres and a Redis of its own and leaves the data of npm start alone. Leave the machine alone meanwhile.`;

/** @throws Error naming the argument that is not known */
export function parseOptions(args: string[]): BenchOptions {
  const { values } = parse(args);
  return {
    help: values.help ?? false,
    quick: values.quick ?? false,
    only: values.only === undefined ? [...MEASUREMENTS] : selection(values.only),
    json: values.json,
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        help: { type: 'boolean', short: 'h' },
        quick: { type: 'boolean' },
        only: { type: 'string' },
        json: { type: 'string' },
      },
    });
  } catch (error) {
    throw new Error(`${(error as Error).message}: see npm run bench -- --help`, { cause: error });
  }
}

function selection(text: string): MeasurementName[] {
  const asked = text.split(',').map(measurement);
  return MEASUREMENTS.filter((name) => asked.includes(name));
}

function measurement(text: string): MeasurementName {
  const name = MEASUREMENTS[Number(text) - 1] ?? MEASUREMENTS.find((known) => known === text);
  if (name) return name;
  const known = MEASUREMENTS.map((each, index) => `${index + 1} ${each}`).join(', ');
  throw new Error(`There is no measurement "${text}": there are ${known}`);
}
