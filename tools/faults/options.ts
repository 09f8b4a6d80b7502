export interface FaultsOptions {
  help: boolean;
  long: boolean;
}

export const usage = `npm run faults               every fault and every kill of jobs; writes the table of docs/operations.md: about 3 minutes
npm run faults -- --long     longer faults on the product's own time-outs, and ten times as many kills: about 20 minutes
npm run faults -- --help     this text`;

/** @throws Error naming the option that is not known */
export function parseOptions(args: string[]): FaultsOptions {
  const unknown = args.find((argument) => !['--help', '-h', '--long'].includes(argument));
  if (unknown) throw new Error(`There is no option ${unknown}: see npm run faults -- --help`);
  return { help: args.includes('--help') || args.includes('-h'), long: args.includes('--long') };
}
