import type { Tree } from '@nx/devkit';
import { dirname, join, relative } from 'node:path/posix';
import * as ts from 'typescript';
import { Fault } from '../../start/fault';
import { namesOf, specifierOf } from './imports';

/**
 * A TypeScript file that is there already: found through its syntax tree, changed as text, laid out by formatFiles() at the
 * end. Each change is written to the tree at once; Nx drops all of them when a generator throws.
 */
export class TypeScriptFile {
  /** @throws Fault when there is no such file */
  constructor(
    private readonly tree: Tree,
    readonly path: string,
  ) {
    if (!tree.exists(path)) throw new Fault(`There is no ${path}`);
  }

  get text(): string {
    return this.tree.read(this.path, 'utf8') ?? '';
  }

  /**
   * Imports `name`, in the import of that module that is there or in a new one. `from` is a package or a path in the workspace.
   *
   * @throws Fault when the file has that name for something else
   */
  import(name: string, from: string): this {
    const module = from.startsWith('@') ? from : relativeImport(this.path, from);
    const imports = this.parse().statements.filter((node) => ts.isImportDeclaration(node));
    const taken = imports.find((node) => specifierOf(node) !== module && namesOf(node).includes(name));
    if (taken)
      throw new Fault(
        `${this.path} imports another ${name}, from ${specifierOf(taken)}: choose another name`,
      );
    const same = imports.find((node) => specifierOf(node) === module && hasNames(node));
    const names = same?.importClause?.namedBindings;
    if (names && ts.isNamedImports(names)) return this.insertName(names, name);
    const line = `import { ${name} } from '${module}';\n`;
    const next = imports.find((node) => importOrder(specifierOf(node)) > importOrder(module));
    return this.insert(next?.getStart() ?? imports.at(-1)?.end ?? 0, next ? line : `\n${line.trimEnd()}`);
  }

  /** Exports `names` from a file beside this one, in the order of the files. */
  export(names: string, file: string): this {
    const exports = this.parse().statements.filter((node) => ts.isExportDeclaration(node));
    const next = exports.find((node) => specifierOf(node) > file);
    const line = `export ${names} from '${file}';\n`;
    return this.insert(next?.getStart() ?? this.text.length, line);
  }

  /**
   * Adds to the list called `name`, a variable or a property, whichever comes first; `within`: in the arguments of that call.
   *
   * @throws Fault when it is not found, or has the element already
   */
  addToList(name: string, element: string, within?: string): this {
    return this.append(this.listCalled(name, within), element, name);
  }

  listHas(name: string, element: string, within?: string): boolean {
    return has(this.listCalled(name, within).elements, element);
  }

  /** Adds an argument to the call that the variable `variable` is set to. @throws Fault when it is not found */
  addArgument(variable: string, argument: string): this {
    const call = this.initializerOf(variable);
    if (!call || !ts.isCallExpression(call)) throw this.notFound(`call that sets ${variable}`);
    return this.appendTo(call.arguments, argument, call.end - 1, variable);
  }

  /** Adds a property to the object that the variable is set to, or that its call is given first. @throws Fault when it is not found */
  addProperty(variable: string, property: string): this {
    const value = this.initializerOf(variable);
    const object = value && ts.isCallExpression(value) ? value.arguments[0] : value;
    if (!object || !ts.isObjectLiteralExpression(object)) throw this.notFound(`object ${variable}`);
    return this.appendTo(object.properties, property, object.end - 1, variable);
  }

  private parse(): ts.SourceFile {
    return ts.createSourceFile(this.path, this.text, ts.ScriptTarget.Latest, true);
  }

  private callOf(callee: string): ts.CallExpression {
    const found = find(this.parse(), (node) =>
      ts.isCallExpression(node) && node.expression.getText() === callee ? node : undefined,
    );
    if (!found) throw this.notFound(`call of ${callee}`);
    return found;
  }

  private listCalled(name: string, within?: string): ts.ArrayLiteralExpression {
    const list = find(within === undefined ? this.parse() : this.callOf(within), (node) =>
      (ts.isVariableDeclaration(node) || ts.isPropertyAssignment(node)) && node.name.getText() === name
        ? listIn(node.initializer)
        : undefined,
    );
    if (!list) throw this.notFound(`list ${name}${within ? ` in ${within}(...)` : ''}`);
    return list;
  }

  private initializerOf(variable: string): ts.Expression | undefined {
    return find(this.parse(), (node) =>
      ts.isVariableDeclaration(node) && node.name.getText() === variable ? node.initializer : undefined,
    );
  }

  private insertName(names: ts.NamedImports, name: string): this {
    if (names.elements.some((element) => element.name.text === name)) return this;
    const next = names.elements.find((element) => element.name.text.localeCompare(name) > 0);
    return next
      ? this.insert(next.getStart(), `${name}, `)
      : this.insert(names.elements.at(-1)?.end ?? names.end - 1, `, ${name}`);
  }

  private append(list: ts.ArrayLiteralExpression, element: string, place: string): this {
    return this.appendTo(list.elements, element, list.end - 1, place);
  }

  private appendTo(elements: ts.NodeArray<ts.Node>, text: string, empty: number, place: string): this {
    if (has(elements, text)) throw new Fault(`${place} in ${this.path} has ${text} already`);
    const last = elements.at(-1);
    return last ? this.insert(last.end, `, ${text}`) : this.insert(empty, text);
  }

  private insert(position: number, text: string): this {
    this.tree.write(this.path, this.text.slice(0, position) + text + this.text.slice(position));
    return this;
  }

  private notFound(what: string): Fault {
    return new Fault(`There is no ${what} in ${this.path}: add to it by hand, or put it back`);
  }
}

/** The list that a name stands for, or that its arrow function returns. */
function listIn(value: ts.Expression | undefined): ts.ArrayLiteralExpression | undefined {
  if (value && ts.isArrowFunction(value) && ts.isExpression(value.body)) return listIn(value.body);
  return value && ts.isArrayLiteralExpression(value) ? value : undefined;
}

function has(elements: ts.NodeArray<ts.Node>, text: string): boolean {
  return elements.some((element) => element.getText() === text);
}

/** In breadth, so that what lies further out is found first. */
function find<Found>(root: ts.Node, test: (node: ts.Node) => Found | undefined): Found | undefined {
  for (let level = [root]; level.length > 0; level = level.flatMap((node) => node.getChildren())) {
    for (const node of level) {
      const found = test(node);
      if (found) return found;
    }
  }
  return undefined;
}

function hasNames({ importClause }: ts.ImportDeclaration): boolean {
  return importClause?.namedBindings !== undefined && importClause.phaseModifier === undefined;
}

/** Packages before files. */
function importOrder(module: string): string {
  return module.startsWith('.') ? `2${module}` : `1${module}`;
}

function relativeImport(from: string, to: string): string {
  const path = relative(dirname(from), join(dirname(to), to.split('/').at(-1) ?? '')).replace(/\.ts$/, '');
  return path.startsWith('.') ? path : `./${path}`;
}
