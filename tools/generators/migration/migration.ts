import { formatFiles, type Tree } from '@nx/devkit';
import { Fault } from '../../start/fault';
import { migrationSource, nextTimestamp } from '../support/migrations';
import { parseName } from '../support/names';
import { TypeScriptFile } from '../support/typescript-file';
import { checkFeature } from '../support/workspace';

export interface MigrationOptions {
  name: string;
  feature: string;
  up: string;
  down: string;
}

export default async function migration(tree: Tree, options: MigrationOptions): Promise<void> {
  const name = parseName(options.name);
  checkFeature(tree, options.feature);
  const folder = `libs/${options.feature}/src`;
  const taken = tree.children(`${folder}/migrations`).find((file) => file.endsWith(`-${name.kebab}.ts`));
  if (taken) throw new Fault(`There is ${folder}/migrations/${taken} already: choose another name`);
  const timestamp = nextTimestamp(tree);
  const file = `${folder}/migrations/${timestamp}-${name.kebab}.ts`;
  const className = `${name.pascal}${timestamp}`;
  tree.write(file, migrationSource(className, options.up, options.down));
  new TypeScriptFile(tree, `${folder}/schema.ts`).import(className, file).addToList('migrations', className);
  await formatFiles(tree);
}
