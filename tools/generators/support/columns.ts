import { Fault } from '../../start/fault';
import { parseName } from './names';

/** A column of a table, and all that is written of it. */
export interface Column {
  /** `dueOn` */
  property: string;
  /** `due_on` */
  column: string;
  /** As Postgres names it. */
  type: keyof typeof TYPES;
}

/** By Postgres's name: the type in TypeScript, the schema of an input and of an answer, and a value as it is written. */
const TYPES = {
  text: { typescript: 'string', input: 'storable.text(200)', answer: 'z.string()', example: `'some text'` },
  integer: { typescript: 'number', input: 'storable.integer()', answer: 'z.int()', example: '7' },
  boolean: { typescript: 'boolean', input: 'z.boolean()', answer: 'z.boolean()', example: 'true' },
  date: { typescript: 'string', input: 'storable.date()', answer: 'z.iso.date()', example: `'2026-01-31'` },
  uuid: {
    typescript: 'string',
    input: 'z.uuid()',
    answer: 'z.uuid()',
    example: `'5f0c4a52-3d8e-4b6a-9c1d-2e7f8a9b0c1d'`,
  },
} as const;

export const typesOfColumns = Object.keys(TYPES);

/** Those that every table has, and one that no class can have. */
const TAKEN = new Set(['id', 'accountId', 'createdAt', 'constructor']);

export const spelling = ({ type }: Pick<Column, 'type'>) => TYPES[type];

export function isColumnType(type: string): type is Column['type'] {
  return type in TYPES;
}

/** @throws Fault naming what is wrong with `number:text,due-on:date` */
export function parseColumns(text: string): Column[] {
  const columns = text.split(',').map((part): Column => {
    const [name = '', type = '', ...rest] = part.trim().split(':');
    const { camel, snake } = parseName(name);
    if (!isColumnType(type) || rest.length > 0)
      throw new Fault(`"${part}" is not a column: NAME:TYPE, where TYPE is ${typesOfColumns.join(', ')}`);
    return { property: camel, column: snake, type };
  });
  const names = columns.map(({ property }) => property);
  const taken = names.find((name, index) => TAKEN.has(name) || names.indexOf(name) !== index);
  if (taken) throw new Fault(`Column ${taken} is there already: choose another name`);
  return columns;
}
