import { parseArgs } from 'node:util';
import type { Measurement } from './measurement';
import { measurements } from './measurements';

export interface BenchOptions {
  help: boolean;
  /** Small and short: shows that everything works, its figures mean nothing. */
  quick: boolean;
  only: readonly Measurement[];
  /** File for the results. */
  json: string | undefined;
}

const known = measurements.map(({ name }, index) => `${index + 1} ${name}`).join(', ');
const minutes = Math.round(measurements.reduce((sum, { seconds }) => sum + seconds, 0) / 60);

export const usage = `npm run bench                       everything, about ${minutes} minutes
npm run bench -- --only 1,build     only these: ${known}
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
    only: values.only === undefined ? measurements : selection(values.only),
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

function selection(text: string): readonly Measurement[] {
  const asked = text.split(',').map(measurement);
  return measurements.filter((each) => asked.includes(each));
}

function measurement(text: string): Measurement {
  const found = measurements[Number(text) - 1] ?? measurements.find(({ name }) => name === text);
  if (found) return found;
  throw new Error(`There is no measurement "${text}": there are ${known}`);
}
