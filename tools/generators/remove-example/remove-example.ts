import { formatFiles, updateJson, visitNotIgnoredFiles, type Tree } from '@nx/devkit';
import { execFileSync } from 'node:child_process';
import { basename, dirname } from 'node:path/posix';
import { requireCleanTree } from '../../init/clean-tree';
import { Fault } from '../../start/fault';
import { removeFolderFromReadme } from '../support/documents';
import { generateDocuments } from '../support/generate-documents';
import { withoutImports } from '../support/gone-imports';
import { removeTriggers } from '../support/keda';
import { withoutMarked } from '../support/marked';
import { scopeOf } from '../support/workspace';
import { removeFromYaml } from '../support/yaml-file';
import { EXAMPLE, PACKAGES, PARTS, QUEUES, SCRIPTS } from './parts';

const CODE = /^(apps|libs|tools)\/.*\.ts$/;
const MARKED = /\.(md|ts|mjs|ya?ml)$/;
/** Here the marks and the example are spoken of. */
const GENERATORS = 'tools/generators/';

export default async function removeExample(tree: Tree): Promise<() => void> {
  if (!tree.exists(EXAMPLE)) throw new Fault('There is no example any more: nothing was changed');
  requireCleanTree(tree.root);
  const { deleted, changed } = await removeFrom(tree);
  return () => {
    removePackages(tree.root);
    generateDocuments(tree.root);
    console.log(`
${deleted} files deleted, ${changed} changed, beside package-lock.json and what npm run generate wrote. Look at it with git status, try it with npm test.
Databases that have its tables keep them: npm start -- --fresh begins anew; elsewhere drop them with a migration of yours.
Undo: git checkout .`);
  };
}

/** All but what takes other programs, once this is written. @throws Fault when something else needs the example */
export async function removeFrom(tree: Tree): Promise<{ deleted: number; changed: number }> {
  const deleted = PARTS.flatMap((part) => filesBelow(tree, part));
  for (const part of PARTS) tree.delete(part);
  takeOutOfCode(tree, deleted);
  takeOutMarked(tree);
  takeOutOfLists(tree, deleted);
  await formatFiles(tree);
  const changed = tree.listChanges().filter(({ type }) => type === 'UPDATE').length;
  return { deleted: deleted.length, changed };
}

function filesBelow(tree: Tree, path: string): string[] {
  if (tree.isFile(path)) return tree.exists(path) ? [path] : [];
  return tree.children(path).flatMap((name) => filesBelow(tree, `${path}/${name}`));
}

function takeOutOfCode(tree: Tree, deleted: readonly string[]): void {
  const modules = new Set(deleted.map((path) => path.replace(/\.ts$/, '')));
  modules.add(`${scopeOf(tree)}/${basename(EXAMPLE)}`);
  const needing = filesMatching(tree, CODE).flatMap((path) => {
    const text = tree.read(path, 'utf8') ?? '';
    const { text: rest, stillUsed } = withoutImports(path, text, (module) => modules.has(module));
    if (rest !== text) tree.write(path, rest);
    return stillUsed.length > 0 ? [`${path} (${stillUsed.join(', ')})`] : [];
  });
  if (needing.length > 0)
    throw new Fault(`There is code that needs the example, which has to go first: ${needing.join('; ')}`);
}

function takeOutMarked(tree: Tree): void {
  for (const path of filesMatching(tree, MARKED)) {
    const text = tree.read(path, 'utf8') ?? '';
    const rest = withoutMarked(text);
    if (rest !== text) tree.write(path, rest);
  }
}

function filesMatching(tree: Tree, pattern: RegExp): string[] {
  const found: string[] = [];
  visitNotIgnoredFiles(tree, '.', (path) => {
    if (pattern.test(path) && !path.startsWith(GENERATORS)) found.push(path);
  });
  return found;
}

function takeOutOfLists(tree: Tree, deleted: readonly string[]): void {
  for (const path of deleted.filter((each) => each.startsWith('deploy/'))) {
    const kustomization = `${dirname(path)}/kustomization.yaml`;
    if (tree.exists(kustomization))
      removeFromYaml(tree, kustomization, ['resources'], (resource) => resource === basename(path));
  }
  for (const queue of QUEUES) removeTriggers(tree, 'worker', queue);
  removeFolderFromReadme(tree, basename(EXAMPLE));
  const package_ = `${scopeOf(tree)}/${basename(EXAMPLE)}`;
  updateJson(tree, 'tsconfig.base.json', (json: { compilerOptions: { paths: Record<string, unknown> } }) => {
    const { [package_]: _gone, ...paths } = json.compilerOptions.paths;
    return { ...json, compilerOptions: { ...json.compilerOptions, paths } };
  });
  updateJson(tree, 'package.json', (json: { scripts: Record<string, string> }) => {
    const left = Object.entries(json.scripts).filter(([name]) => !SCRIPTS.includes(name));
    return { ...json, scripts: Object.fromEntries(left) };
  });
}

/** From package.json and its lock file. What is installed stays until the next npm ci; nothing is asked of the registry. */
function removePackages(workspace: string): void {
  const args = [
    'uninstall',
    '--package-lock-only',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--offline',
  ];
  execFileSync('npm', [...args, '--loglevel=error', ...PACKAGES], { cwd: workspace, stdio: 'inherit' });
}
