import { parseColumns } from './columns';

it('reads names and types', () => {
  expect(parseColumns('name:text, due-on:date')).toEqual([
    { property: 'name', column: 'name', type: 'text' },
    { property: 'dueOn', column: 'due_on', type: 'date' },
  ]);
});

it.each([
  ['name', '"name" is not a column: NAME:TYPE, where TYPE is text, integer, boolean, date, uuid'],
  ['name:string', '"name:string" is not a column'],
  ['Name:text', '"Name" is not a name'],
  ['id:uuid', 'Column id is there already'],
  ['created-at:date', 'Column createdAt is there already'],
  ['a:text,a:date', 'Column a is there already'],
  ['constructor:text', 'Column constructor is there already'],
])('refuses %s, and says why', (text, message) => {
  expect(() => parseColumns(text)).toThrow(message);
});
