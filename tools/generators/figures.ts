import type { Tree } from '@nx/devkit';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { FsTree } from 'nx/src/generators/tree';
import endpoint from './endpoint/endpoint';
import feature from './feature/feature';
import job from './job/job';
import migration from './migration/migration';
import service from './service/service';
import variable from './variable/variable';

/** By its path in the workspace. */
const PAGE = 'docs/generators.md';
const TABLE = /\| generator \|.*\n(?:\|.*\n)+/;
const HEAD = `| generator | new files | their lines | changed files | lines added |\n|---|---|---|---|---|\n`;

/** The commands on the page. */
const commands: Record<string, (tree: Tree) => Promise<unknown>> = {
  feature: (tree) => feature(tree, { name: 'invoices', columns: 'number:text,due-on:date,total:integer' }),
  endpoint: (tree) => endpoint(tree, { feature: 'invoices' }),
  job: (tree) => job(tree, { name: 'send-reminders', feature: 'invoices', schedule: '0 3 * * *' }),
  variable: (tree) =>
    variable(tree, {
      name: 'INVOICE_LIMIT',
      lib: 'invoices',
      type: 'integer',
      default: 10,
      about: 'Invoices that one account may have.',
    }),
  migration: (tree) =>
    migration(tree, {
      name: 'index-invoices',
      feature: 'invoices',
      up: 'CREATE INDEX invoice_due_on_idx ON invoice (due_on)',
      down: 'DROP INDEX invoice_due_on_idx',
    }),
  // Not the name on the page, which a team may well have taken.
  service: (tree) => service(tree, { name: 'service-of-nobody', kind: 'http' }),
};

/** docs/generators.md, with what the generators of today take: they run, and nothing of it reaches the disk. */
export async function generatorsPage(): Promise<string> {
  const tree = new FsTree(resolve(__dirname, '../..'), false);
  const lengths = new Map<string, number>();
  let rows = '';
  for (const [name, run] of Object.entries(commands)) {
    await run(tree);
    rows += `| \`${name}\` | ${added(tree, lengths).join(' | ')} |\n`;
  }
  const page = readFileSync(join(tree.root, PAGE), 'utf8');
  return page.replace(TABLE, () => HEAD + rows);
}

/** New files, their lines, changed files, and the lines added to them, since `lengths` was last brought up to date. */
function added(tree: Tree, lengths: Map<string, number>): number[] {
  const sums = { new: 0, newLines: 0, changed: 0, changedLines: 0 };
  for (const { path } of tree.listChanges()) {
    const file = join(tree.root, path);
    const before = lengths.get(path) ?? (existsSync(file) ? lengthOf(readFileSync(file, 'utf8')) : undefined);
    const after = lengthOf(tree.read(path, 'utf8') ?? '');
    lengths.set(path, after);
    if (before === after) continue;
    sums[before === undefined ? 'new' : 'changed'] += 1;
    sums[before === undefined ? 'newLines' : 'changedLines'] += after - (before ?? 0);
  }
  return Object.values(sums);
}

function lengthOf(text: string): number {
  return text.trimEnd().split('\n').length;
}
