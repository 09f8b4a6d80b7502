import { formatFiles, type GeneratorCallback, type Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';
import { generateDocuments } from '../support/generate-documents';
import { parseName } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { addToYaml } from '../support/yaml-file';
import { literal, schemaOf, TYPES, type VariableType } from './types';
import { appsOf, setOf } from './places';

export interface VariableOptions {
  name: string;
  lib: string;
  about: string;
  type?: VariableType;
  default?: string | number | boolean;
  value?: string | number | boolean;
  secret?: boolean;
  apps?: string;
  set?: string;
}

const NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
const ENVIRONMENT = ['spec', 'template', 'spec', 'containers', 0, 'env'];
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
  for (const app of apps) setInManifests(tree, app, options);
  await formatFiles(tree);
  return () => generateDocuments(tree.root);
}

function declaration({ name, about, secret, ...options }: VariableOptions, schema: string): string {
  const rest = secret
    ? `schema: ${schema}.optional().describe('text of 1 to 4096 characters, or not set'), secret: true`
    : `schema: ${schema}, default: ${literal(String(options.default))}`;
  return `${name}: { about: ${literal(about)}, ${rest} }`;
}

function setInManifests(tree: Tree, app: string, { name, value, secret }: VariableOptions): void {
  const key = name.toLowerCase().replaceAll('_', '-');
  const set = (entry: object) =>
    addToYaml(tree, `deploy/base/${app}/deployment.yaml`, ENVIRONMENT, { name, ...entry });
  if (secret) set({ valueFrom: { secretKeyRef: { name: 'app-secrets', key, optional: true } } });
  else if (value !== undefined) set({ value: String(value) });
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
  checkValues(options, type);
  const owner = tree
    .children('libs')
    .map((other) => `libs/${other}/src/variables.ts`)
    .find((path) => new RegExp(`^\\s+${name}: \\{`, 'm').test(tree.read(path, 'utf8') ?? ''));
  if (owner) throw new Fault(`${owner} declares ${name} already: choose another name`);
}

function checkValues({ name, default: standard, value, secret }: VariableOptions, type: VariableType): void {
  const given = [standard, value].filter((text) => text !== undefined).map(String);
  if (secret && (given.length > 0 || type !== 'text'))
    throw new Fault(`${name} is a secret: a text, which has neither a default nor a value in the manifests`);
  if (!secret && standard === undefined)
    throw new Fault(`Without --default no app would start until ${name} is set everywhere: give one`);
  const wrong = given.find((text) => !TYPES[type].takes(text));
  if (wrong !== undefined) throw new Fault(`"${wrong}" is not of type ${type}`);
}
