import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { deployFolder, foldersIn, namespaceOf } from '../manifests/overlays';
import { Fault } from '../start/fault';
import { productName, workspace } from '../start/local-files';

/** The value of each fact, by its option. */
export type Values = Readonly<Record<string, string>>;

/** What a team decides once about its clone. */
export interface Fact {
  /** `--<option>=<value>` */
  option: string;
  about: string;
  current: string;
  /** Reads after the value; undefined when the value will do. */
  faultOf: (value: string) => string | undefined;
}

const WORD = '[a-z0-9]+(-[a-z0-9]+)*';
const PATH_PART = '[a-z0-9]+([._-]+[a-z0-9]+)*';
/** A label of Kubernetes, and of DNS. */
const LABEL_MAX = 63;
const NAME_MAX = 40;

/** All of them, read from the workspace, so that a second run finds what the first has written. */
export function facts(): Fact[] {
  return [
    {
      option: 'name',
      about: 'the product: of the package, the part-of label, keys in Redis and Vault, titles',
      current: productName(),
      faultOf: matching(`[a-z]${WORD.replace('+', '*')}`, NAME_MAX, 'like acme-shop'),
    },
    {
      option: 'scope',
      about: 'the npm scope of the libs, without its @',
      current: currentScope(),
      faultOf: (value) => matching(WORD, NAME_MAX, 'like acme')(value) ?? installedScope(value),
    },
    {
      option: 'registry',
      about: 'where the images are pulled from',
      current: currentRegistry(),
      faultOf: matching(`${PATH_PART}(:\\d+)?(/${PATH_PART})*`, 200, 'like ghcr.io/acme'),
    },
    {
      option: 'domain',
      about: 'the API is served at api.<domain>',
      current: currentDomain(),
      faultOf: matching(`${WORD}(\\.${WORD})+`, 200, 'like acme.io'),
    },
    ...foldersIn('overlays').map(namespaceFact),
  ];
}

function namespaceFact(overlay: string): Fact {
  return {
    option: `${overlay}-namespace`,
    about: `the namespace of deploy/overlays/${overlay}`,
    current: namespaceOf(overlay),
    faultOf: (value) =>
      matching(WORD, LABEL_MAX, 'like acme-dev')(value) ??
      (/^(default|kube-.*)$/.test(value) ? 'is a namespace of the cluster itself' : undefined),
  };
}

export function currentValues(known: readonly Fact[]): Values {
  return Object.fromEntries(known.map(({ option, current }) => [option, current]));
}

/** @returns one line for each fault */
export function faultsOf(known: readonly Fact[], values: Values): string[] {
  const each = known.flatMap(({ option, faultOf }) => {
    const fault = faultOf(values[option] ?? '');
    return fault === undefined ? [] : [`--${option}: ${JSON.stringify(values[option])} ${fault}`];
  });
  const namespaces = known.filter(({ option }) => option.endsWith('-namespace'));
  const twice = namespaces.filter(({ option }, index) =>
    namespaces.slice(0, index).some((earlier) => values[earlier.option] === values[option]),
  );
  return [
    ...each,
    ...twice.map(
      ({ option }) => `--${option}: ${JSON.stringify(values[option])} is that of another overlay already`,
    ),
  ];
}

function matching(pattern: string, max: number, example: string): Fact['faultOf'] {
  return (value) =>
    value.length <= max && new RegExp(`^${pattern}$`).test(value)
      ? undefined
      : `must be ${example}, of at most ${max} characters`;
}

/** Its packages would then be taken for ours. */
function installedScope(scope: string): string | undefined {
  return existsSync(join(workspace, 'node_modules', `@${scope}`))
    ? `is the scope of packages that are installed`
    : undefined;
}

function currentScope(): string {
  const { compilerOptions } = JSON.parse(readFileSync(join(workspace, 'tsconfig.base.json'), 'utf8')) as {
    compilerOptions: { paths: object };
  };
  return must('tsconfig.base.json', /^@([^/]+)\//.exec(Object.keys(compilerOptions.paths)[0] ?? '')?.[1]);
}

function currentRegistry(): string {
  const names = foldersIn('overlays').flatMap((overlay) => {
    const { images } = manifest(`overlays/${overlay}/kustomization.yaml`) as {
      images: { newName?: string }[];
    };
    return images.flatMap(({ newName }) => newName ?? []);
  });
  return must('deploy/overlays', /^(.+)\/[^/]+$/.exec(names[0] ?? '')?.[1]);
}

function currentDomain(): string {
  const { spec } = manifest('components/ingress/ingress.yaml') as { spec: { rules: { host: string }[] } };
  return must('deploy/components/ingress/ingress.yaml', /^api\.(.+)$/.exec(spec.rules[0]?.host ?? '')?.[1]);
}

function manifest(path: string): unknown {
  return parse(readFileSync(join(deployFolder, path), 'utf8'));
}

function must(place: string, value: string | undefined): string {
  if (value === undefined) throw new Fault(`${place} does not say what it is called now`);
  return value;
}
