import type { Tree } from '@nx/devkit';
import * as ts from 'typescript';
import { Fault } from '../../start/fault';
import { isColumnType, type Column } from './columns';
import { parseName, type Name } from './names';
import { checkFeature } from './workspace';

/** What the generator `feature` has made, as it is by now. */
export interface FeatureCode {
  name: Name;
  entity: Name;
  /** Those that a client gives. */
  columns: Column[];
  /** Whether its service asks for the account. */
  owned: boolean;
}

const OF_EVERY_TABLE = ['id', 'accountId', 'createdAt'];

/** @throws Fault when the feature is not there, or not of the form that `nx g feature` gives */
export function readFeature(tree: Tree, feature: string): FeatureCode {
  const name = parseName(feature);
  checkFeature(tree, feature);
  const folder = `libs/${feature}/src`;
  const inputs = tree.read(`${folder}/inputs.ts`, 'utf8') ?? '';
  const entity = tree
    .children(folder)
    .flatMap((file) => /^(.*)\.entity\.ts$/.exec(file)?.[1] ?? [])
    .map(parseName)
    .find(({ pascal }) => inputs.includes(`new${pascal}Schema`));
  if (!entity || !tree.exists(`${folder}/${feature}.service.ts`))
    throw new Fault(
      `libs/${feature} has no entity with a schema new...Schema in inputs.ts, and a service that creates one from it: nx g feature makes such`,
    );
  const path = `${folder}/${entity.kebab}.entity.ts`;
  const all = columnsOf(path, tree.read(path, 'utf8') ?? '');
  const columns = all.filter(({ property }) => !OF_EVERY_TABLE.includes(property)).map(known);
  if (columns.length === 0) throw new Fault(`${path} has no column that a client gives`);
  return { name, entity, columns, owned: all.some(({ property }) => property === 'accountId') };

  function known({ property, column, type }: FoundColumn): Column {
    if (!isColumnType(type))
      throw new Fault(`${property} in ${path} is of type ${type}: write its endpoint by hand`);
    return { property, column, type };
  }
}

type FoundColumn = Record<keyof Column, string>;

/** The properties with a decorator @Column or @PrimaryColumn that names its type. */
function columnsOf(path: string, source: string): FoundColumn[] {
  const found: FoundColumn[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyDeclaration(node)) {
      const options = (ts.getDecorators(node) ?? []).map(({ expression }) => expression.getText()).join();
      const type = /type: '(\w+)'/.exec(options)?.[1];
      const property = node.name.getText();
      if (type) found.push({ property, type, column: /name: '(\w+)'/.exec(options)?.[1] ?? property });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true));
  return found;
}
