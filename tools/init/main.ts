import { execFileSync } from 'node:child_process';
import { findRenderer } from '../manifests/kustomize';
import { Fault } from '../start/fault';
import { workspace } from '../start/local-files';
import { changesTo, write } from './changes';
import { requireCleanTree } from './clean-tree';
import { currentValues, facts, faultsOf, type Fact, type Values } from './facts';
import { parseOptions, usage, type InitOptions } from './options';
import { placesOf } from './places';
import { Questions } from './questions';
import { report } from './report';

async function main(args: string[]): Promise<void> {
  const known = facts();
  const options = parseOptions(args, known);
  if (options.help) {
    console.log(usage(known));
    return;
  }
  const asking = process.stdin.isTTY && !options.yes ? new Questions() : undefined;
  try {
    await init(known, options, asking);
  } finally {
    asking?.close();
  }
}

async function init(
  known: readonly Fact[],
  options: InitOptions,
  asking: Questions | undefined,
): Promise<void> {
  if (!options.dryRun) requireCleanTree(workspace);
  // The snapshots are rendered anew in the end.
  await findRenderer();
  const from = currentValues(known);
  const to = await wanted(known, options, asking);
  const changes = await changesTo(placesOf(from), placesOf(to));
  if (changes.length === 0) throw new Fault('That is what everything is called already.');
  console.log(report(changes, from, to));
  if (options.dryRun || (asking && !(await asking.agreed('Change this?')))) {
    console.log('\nNothing was changed.');
    return;
  }
  write(changes);
  generate();
  console.log(`\n${changes.length} files changed, beside what npm run generate wrote. Look at it with git diff, try it with npm test.
LICENSE stays, since it asks to be kept; what README.md and package.json say of the product is yours to write.
Undo: git checkout .`);
}

async function wanted(
  known: readonly Fact[],
  { values }: InitOptions,
  asking: Questions | undefined,
): Promise<Values> {
  const given = Object.keys(values).length > 0;
  if (!given && !asking)
    throw new Fault(
      'Nothing is given to change, and there is no terminal to ask: see npm run init -- --help',
    );
  const to = { ...currentValues(known), ...(given ? values : await asking?.values(known)) };
  const faults = faultsOf(known, to);
  if (faults.length > 0) throw new Fault(faults.join('\n'));
  return to;
}

/** In a process of its own, which reads the code as it is now. */
function generate(): void {
  execFileSync(process.execPath, ['--import', 'tsx', 'tools/generate/main.ts'], {
    cwd: workspace,
    stdio: 'inherit',
  });
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Fault ? error.message : error);
  process.exitCode = 1;
});
