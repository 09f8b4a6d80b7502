import { operationOf } from './operation';

it.each([
  ['SELECT now()', 'SELECT'],
  ['select 1', 'SELECT'],
  ['\n  INSERT INTO note VALUES (1)', 'INSERT'],
  ['UPDATE note SET text = $1', 'UPDATE'],
  ['DELETE FROM note', 'DELETE'],
  ['WITH gone AS (DELETE FROM note RETURNING id) INSERT INTO log SELECT id FROM gone', 'DELETE'],
  ['WITH extended AS (UPDATE note SET updated_at = now() RETURNING id) SELECT FROM extended', 'UPDATE'],
  ['WITH found AS (SELECT updated_at FROM note) SELECT FROM found', 'SELECT'],
  ['START TRANSACTION', 'other'],
  ['DISCARD ALL', 'other'],
  ['', 'other'],
  [{ text: 'SELECT 1' }, 'SELECT'],
  [{ text: 7 }, 'other'],
  [undefined, 'other'],
])('%j is %s', (statement, operation) => {
  expect(operationOf(statement)).toBe(operation);
});
