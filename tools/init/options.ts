import { parseArgs } from 'node:util';
import { Fault } from '../start/fault';
import type { Fact, Values } from './facts';

export interface InitOptions {
  help: boolean;
  dryRun: boolean;
  /** Without a question. */
  yes: boolean;
  /** Only what was given. */
  values: Values;
}

export function usage(known: readonly Fact[]): string {
  const lines = known.map(({ option, about, current }) => `  --${option.padEnd(20)}${about}; now ${current}`);
  return `npm run init                       asks for each of these, shows what would change, and asks again
npm run init -- --name=acme-shop   changes only what is given: --name acme-shop does, too

${lines.join('\n')}

  --dry-run             shows what would change, and changes nothing
  --yes                 does not ask whether to go on
  --help                this text

The work tree has to be clean. Undo, before you commit: git checkout .`;
}

/** @throws Fault naming an option that there is not */
export function parseOptions(args: string[], known: readonly Fact[]): InitOptions {
  const own = Object.fromEntries(known.map(({ option }) => [option, { type: 'string' as const }]));
  const flags = {
    help: { type: 'boolean' as const, short: 'h' },
    'dry-run': { type: 'boolean' as const },
    yes: { type: 'boolean' as const, short: 'y' },
  };
  try {
    const { values } = parseArgs({ args, options: { ...own, ...flags } });
    const { help, 'dry-run': dryRun, yes, ...given } = values as Record<string, string | boolean | undefined>;
    return { help: !!help, dryRun: !!dryRun, yes: !!yes, values: given as Values };
  } catch (error) {
    throw new Fault(`${(error as Error).message.split('.')[0] ?? ''}: see npm run init -- --help`);
  }
}
