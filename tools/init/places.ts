import type { Values } from './facts';

/** Where a fact is written down, and how: the words around it keep apart what only looks like it. */
export interface Place {
  option: string;
  /** Paths in the workspace. */
  files: RegExp;
  text: string;
}

/** Every place of every fact, in the same order whatever the values. */
export function placesOf(values: Values): Place[] {
  const { name = '', scope = '', registry = '', domain = '' } = values;
  const title = titleOf(name);
  const namespaces = Object.keys(values).filter((option) => option.endsWith('-namespace'));
  return [
    ...texts('name', /^(package(-lock)?|\.devcontainer\/devcontainer)\.json$/, `"name": "${name}"`),
    ...texts('name', /^README\.md$/, `# ${title}`),
    ...texts('name', /^apps\/api\/src\/main\.ts$/, `'${title} API'`),
    ...texts('name', /^libs\/redis\/src\/variables\.ts$/, `default: '${name}'`),
    ...texts('name', /^Dockerfile$/, `title="${name}-`),
    ...texts('name', /^tools\/generate\/dashboards\//, `'${name}-`, `'${name}'`, `\`${title} / `),
    ...texts('name', /^deploy\/components\/grafana-dashboards\/kustomization\.yaml$/, `- ${name}-`),
    ...texts('name', /^(skaffold\.yaml$|deploy\/delivery\/)/, `name: ${name}`, `name: ${name}-`),
    ...texts('name', /^deploy\//, `part-of: ${name}`, `part-of=${name}`),
    ...texts('name', /^deploy\/components\/keda\//, `listName: ${name}:`, `REDIS_KEY_PREFIX=${name}`),
    ...texts('name', /^deploy\/components\/vault\//, `role: ${name}`, `role \`${name}\``),
    ...texts('name', /^deploy\/components\/vault\//, `path: ${name}/`, `\`${name}/app-secrets\``),
    ...texts('scope', /./, `@${scope}/`),
    ...texts('registry', /^deploy\//, `newName: ${registry}/`),
    ...texts('domain', /^deploy\//, `.${domain}`),
    ...namespaces.flatMap((option) => namespaceTexts(option, values[option] ?? '')),
  ];
}

function namespaceTexts(option: string, namespace: string): Place[] {
  const said = [`namespace: ${namespace}`, `namespace="${namespace}"`, `namespace ${namespace}`];
  return texts(option, /^(deploy|docs|tools\/ci)\//, ...said, `-n ${namespace}`);
}

function texts(option: string, files: RegExp, ...all: string[]): Place[] {
  return all.map((text) => ({ option, files, text }));
}

/** `Acme Shop`, of acme-shop */
function titleOf(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}
