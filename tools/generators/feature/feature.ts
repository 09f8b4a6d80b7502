import { formatFiles, updateJson, type Tree } from '@nx/devkit';
import { join } from 'node:path';
import { Fault } from '../../start/fault';
import { addFiles } from '../support/add-files';
import { parseColumns, spelling } from '../support/columns';
import { addFolderToReadme } from '../support/documents';
import { nextTimestamp } from '../support/migrations';
import { checkClassName, parseName, type Name } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { hasAccounts, scopeOf, tableOwners } from '../support/workspace';

export interface FeatureOptions {
  name: string;
  entity?: string;
  columns?: string;
  owned?: boolean;
}

export default async function feature(tree: Tree, options: FeatureOptions): Promise<void> {
  const name = parseName(options.name);
  const entity = parseName(options.entity ?? singular(name.kebab));
  const columns = parseColumns(options.columns ?? 'name:text');
  checkFree(tree, name, entity);
  const owned = options.owned ?? hasAccounts(tree);
  if (owned && !hasAccounts(tree)) throw new Fault('There are no accounts: nothing can be owned by one');
  const scope = scopeOf(tree);
  const timestamp = nextTimestamp(tree);
  const folder = `libs/${name.kebab}`;
  const substitutions = { scope, name, entity, columns, spelling, owned, timestamp };
  addFiles(tree, join(__dirname, 'files'), folder, {
    ...substitutions,
    file: name.kebab,
    one: entity.kebab,
  });
  updateJson(tree, 'tsconfig.base.json', (json: { compilerOptions: { paths: Record<string, string[]> } }) => {
    json.compilerOptions.paths[`${scope}/${name.kebab}`] = [`./${folder}/src/index.ts`];
    return json;
  });
  new TypeScriptFile(tree, 'apps/migrate/src/schema.ts')
    .import(`${name.camel}Schema`, `${scope}/${name.kebab}`)
    .addToList('schema', `${name.camel}Schema`);
  addFolderToReadme(tree, 'libs', name.kebab, `feature   ${name.words}`);
  await formatFiles(tree);
}

function checkFree(tree: Tree, name: Name, entity: Name): void {
  for (const room of ['libs', 'apps'])
    if (tree.exists(`${room}/${name.kebab}`))
      throw new Fault(`There is ${room}/${name.kebab} already: choose another name`);
  if (name.kebab === 'tools' || name.kebab === 'deploy')
    throw new Fault(`${name.kebab} is another project: choose another name`);
  checkClassName(entity);
  const owner = tableOwners(tree).get(entity.snake);
  if (owner) throw new Fault(`Table ${entity.snake} is that of ${owner}: give another name with --entity`);
}

/** Good enough for most; --entity says it where it is not. */
function singular(plural: string): string {
  if (/(ss|us|is)$/.test(plural)) return plural;
  if (plural.endsWith('ies')) return `${plural.slice(0, -3)}y`;
  if (/(s|x|z|ch|sh)es$/.test(plural)) return plural.slice(0, -2);
  return plural.replace(/s$/, '');
}
