import { formatFiles, type GeneratorCallback, type Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';
import { generateDocuments } from '../support/generate-documents';
import { parseName } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { addSecretKey } from '../support/secret-sources';
import { addToYaml, setInYaml } from '../support/yaml-file';
import { literal, schemaOf, TYPES, type VariableType } from './types';
import { appsOf, type Environment, environmentsOf, findSet, makeSet } from './places';

export interface VariableOptions {
  name: string;
  lib: string;
  about: string;
  type?: VariableType;
  default?: string | number | boolean;
  value?: string | number | boolean;
  secret?: boolean;
  required?: boolean;
  apps?: string;
  set?: string;
}

const NAME = /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/;
const EXAMPLE = 'change-me-for-32-bytes-from-openssl-rand';
/** As long as a key of HS256 has to be, which suits most uses. */
const REQUIRED = `schema: text({ min: 32, max: 1024 }), secret: true, minSecretBytes: 32, example: '${EXAMPLE}'`;
const UNITS = { milliseconds: '_MS', seconds: '_SECONDS' } as const;

/** @returns writes the documents anew once the changes are on the disk */
export default async function variable(tree: Tree, options: VariableOptions): Promise<GeneratorCallback> {
  const type = options.type ?? 'text';
  check(tree, options, type);
  const { lib } = options;
  const found = findSet(tree, options);
  const apps = appsOf(tree, options, found);
  const set = found ?? makeSet(tree, lib, apps);
  const { schema, helper, from } = schemaOf(type);
  new TypeScriptFile(tree, `libs/${lib}/src/variables.ts`)
    .import(helper, from(tree, lib))
    .addProperty(set, declaration(options, schema));
  setInManifests(tree, environmentsOf(tree, apps, set), options);
  await formatFiles(tree);
  return () => generateDocuments(tree.root);
}

function declaration({ name, about, ...options }: VariableOptions, schema: string): string {
  return `${name}: { about: ${literal(about)}, ${form(options, schema)} }`;
}

function form(options: Pick<VariableOptions, 'secret' | 'required' | 'default'>, schema: string): string {
  if (options.required) return REQUIRED;
  if (!options.secret) return `schema: ${schema}, default: ${literal(String(options.default))}`;
  return `schema: ${schema}.optional().describe('text of 1 to 4096 characters, or not set'), secret: true`;
}

function setInManifests(
  tree: Tree,
  environments: readonly Environment[],
  { name, value, secret, required }: VariableOptions,
): void {
  const key = name.toLowerCase().replaceAll('_', '-');
  const secretKeyRef = { name: 'app-secrets', key, ...(required ? {} : { optional: true }) };
  const given = secret ? { valueFrom: { secretKeyRef } } : { value: String(value) };
  if (secret || value !== undefined)
    for (const { file, list } of environments) addToYaml(tree, file, list, { name, ...given });
  if (!required) return;
  addSecretKey(tree, key);
  setInYaml(tree, 'compose.yaml', ['x-app', 'environment', name], EXAMPLE);
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

function checkValues(options: VariableOptions, type: VariableType): void {
  const { name, default: standard, value, secret, required } = options;
  const given = [standard, value].filter((text) => text !== undefined).map(String);
  if (secret && (given.length > 0 || type !== 'text'))
    throw new Fault(`${name} is a secret: a text, which has neither a default nor a value in the manifests`);
  if (required && !secret)
    throw new Fault(
      `--required is for secrets: another variable has a default, so that ${name} may be left out`,
    );
  if (!secret && standard === undefined)
    throw new Fault(`Without --default no app would start until ${name} is set everywhere: give one`);
  const wrong = given.find((text) => !TYPES[type].takes(text));
  if (wrong !== undefined) throw new Fault(`"${wrong}" is not of type ${type}`);
}
