import { formatFiles, type GeneratorCallback, type Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';
import { generateDocuments } from '../support/generate-documents';
import { setInDeployment } from '../support/deployment';
import { parseName } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { literal, schemaOf, TYPES, type VariableType } from './types';
import { appsOf, setOf } from './places';

export interface VariableOptions {
  name: string;
  lib: string;
  about: string;
  type?: VariableType;
  default?: string;
  value?: string;
  apps?: string;
  set?: string;
}

const NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
const UNITS = { milliseconds: '_MS', seconds: '_SECONDS' } as const;

/** @returns writes the documents anew once the changes are on the disk */
export default async function variable(tree: Tree, options: VariableOptions): Promise<GeneratorCallback> {
  const type = options.type ?? 'text';
  check(tree, options, type);
  const apps = appsOf(tree, options.lib, options.apps);
  const set = setOf(tree, options, apps);
  const { schema, helper, from } = schemaOf(type);
  new TypeScriptFile(tree, `libs/${options.lib}/src/variables.ts`)
    .import(helper, from(tree, options.lib))
    .addProperty(set, declaration(options, schema));
  if (options.value !== undefined)
    for (const app of apps) setInDeployment(tree, app, options.name, options.value);
  await formatFiles(tree);
  return () => generateDocuments(tree.root);
}

function declaration({ name, about, default: standard }: VariableOptions, schema: string): string {
  const rest = standard === undefined ? '' : `default: ${literal(standard)},`;
  return `${name}: { about: ${literal(about)}, schema: ${schema}, ${rest} }`;
}

function check(tree: Tree, options: VariableOptions, type: VariableType): void {
  const { name, lib, about } = options;
  if (!NAME.test(name)) throw new Fault(`"${name}" is not a variable: capitals, such as INVOICE_LIMIT`);
  parseName(lib);
  if (!tree.exists(`libs/${lib}`)) throw new Fault(`There is no lib ${lib}: give a folder in libs`);
  if (!/^[A-Z].*\.$/.test(about))
    throw new Fault(`"${about}" is not a sentence: a capital first, a full stop last`);
  const unit = type in UNITS ? UNITS[type as keyof typeof UNITS] : '';
  if (!name.endsWith(unit)) throw new Fault(`${name} must end in ${unit}, its unit`);
  for (const given of [options.default, options.value])
    if (given !== undefined && !TYPES[type].takes(given))
      throw new Fault(`"${given}" is not of type ${type}`);
  if (options.default === undefined && options.value === undefined)
    throw new Fault(`Without --default every environment must set ${name}: give --value for the manifests`);
  const owner = tree
    .children('libs')
    .map((other) => `libs/${other}/src/variables.ts`)
    .find((path) => new RegExp(`^\\s+${name}: \\{`, 'm').test(tree.read(path, 'utf8') ?? ''));
  if (owner) throw new Fault(`${owner} declares ${name} already: choose another name`);
}
