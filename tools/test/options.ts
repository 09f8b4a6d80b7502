export interface TestOptions {
  help: boolean;
  cache: boolean;
  /** Empty means all. */
  projects: string[];
}

export const usage = `npm test                        lint, type check, build and test every project
npm test -- db config           only these projects, and what they are built from
npm test -- --no-cache          run everything again, also what has not changed since it passed
npm test -- --help              this text

TEST_DATABASE_URL or DATABASE_URL, and TEST_REDIS_URL or REDIS_URL, name servers to use instead of embedded ones: tests
create databases of their own there and use key prefixes of their own.`;

/** @throws Error naming the option that is not known */
export function parseOptions(args: string[]): TestOptions {
  const flags = args.filter((argument) => argument.startsWith('-'));
  const unknown = flags.find((flag) => !['--help', '-h', '--no-cache'].includes(flag));
  if (unknown) throw new Error(`There is no option ${unknown}: see npm test -- --help`);
  return {
    help: flags.includes('--help') || flags.includes('-h'),
    cache: !flags.includes('--no-cache'),
    projects: args.filter((argument) => !argument.startsWith('-')),
  };
}
