import { dirname, join } from 'node:path/posix';
import * as ts from 'typescript';
import { namesOf, specifierOf } from './imports';

interface Range {
  start: number;
  end: number;
}

export interface WithoutImports {
  text: string;
  /** Names of what is gone that stand where nothing can be taken out for them. */
  stillUsed: string[];
}

/**
 * A TypeScript file without its imports of modules that are gone, and without what it lists of them: elements of lists that
 * have a name, properties of objects, arguments of the call that a variable is set to.
 *
 * @param isGone of a package's name, or of a path in the workspace without its ending
 */
export function withoutImports(
  path: string,
  text: string,
  isGone: (module: string) => boolean,
): WithoutImports {
  const gone = (node: ts.Statement): node is ts.ImportDeclaration | ts.ExportDeclaration =>
    (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && isGone(moduleOf(path, node));
  const goneImports = parse(path, text)
    .statements.filter(gone)
    .filter((node) => ts.isImportDeclaration(node));
  const names = new Set(goneImports.flatMap(namesOf));
  let rest = text;
  for (;;) {
    const used = usesOf(parse(path, rest), names);
    const range = used.map(entryAround).find((entry) => entry !== undefined);
    if (!range) {
      const imports = parse(path, rest).statements.filter(gone);
      return {
        text: imports.reduceRight(withoutLine, rest),
        stillUsed: [...new Set(used.map((node) => node.text))],
      };
    }
    rest = rest.slice(0, range.start) + rest.slice(range.end);
  }
}

function parse(path: string, text: string): ts.SourceFile {
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function moduleOf(path: string, node: ts.ImportDeclaration | ts.ExportDeclaration): string {
  const module = specifierOf(node);
  return module.startsWith('.') ? join(dirname(path), module) : module;
}

function usesOf(root: ts.SourceFile, names: ReadonlySet<string>): ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return;
    if (ts.isIdentifier(node) && names.has(node.text) && !isMember(node)) found.push(node);
    ts.forEachChild(node, visit);
  };
  visit(root);
  return found;
}

/** Of something else, which may be called the same. */
function isMember(node: ts.Identifier): boolean {
  const { parent } = node;
  return (
    (ts.isPropertyAccessExpression(parent) && parent.name === node) ||
    (ts.isPropertyAssignment(parent) && parent.name === node)
  );
}

/** What would have to go for this name: the element of the nearest list with a name, else the nearest property or argument. */
function entryAround(use: ts.Node): Range | undefined {
  const around = ancestors(use);
  const entry =
    around.find(({ parent }) => ts.isArrayLiteralExpression(parent) && hasName(parent)) ??
    around.find((node) => isEntry(node));
  return entry && rangeOf(entry);
}

/** Of an expression: a statement is no entry of anything. */
function ancestors(node: ts.Node): ts.Node[] {
  return ts.isStatement(node) || ts.isSourceFile(node) ? [] : [node, ...ancestors(node.parent)];
}

function hasName({ parent }: ts.ArrayLiteralExpression): boolean {
  return ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isArrowFunction(parent);
}

function isEntry(node: ts.Node): boolean {
  const { parent } = node;
  if (ts.isObjectLiteralExpression(parent)) return true;
  return ts.isCallExpression(parent) && parent.expression !== node && ts.isVariableDeclaration(parent.parent);
}

/** With the comma that goes with it, and what is said of it. */
function rangeOf(entry: ts.Node): Range {
  const all = siblingsOf(entry);
  const index = all.indexOf(entry);
  const [before, after] = [all[index - 1], all[index + 1]];
  if (after) return { start: entry.getFullStart(), end: after.getFullStart() };
  if (before) return { start: before.end, end: entry.end };
  // What would be left is a hole.
  const comma = /^\s*,/.exec(entry.getSourceFile().text.slice(entry.end))?.[0] ?? '';
  return { start: entry.getFullStart(), end: entry.end + comma.length };
}

function siblingsOf({ parent }: ts.Node): readonly ts.Node[] {
  if (ts.isArrayLiteralExpression(parent)) return parent.elements;
  if (ts.isObjectLiteralExpression(parent)) return parent.properties;
  return ts.isCallExpression(parent) ? parent.arguments : [];
}

function withoutLine(text: string, node: ts.Node): string {
  return text.slice(0, node.getStart()) + text.slice(node.end).replace(/^\n/, '');
}
