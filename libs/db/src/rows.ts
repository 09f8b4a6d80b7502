import type { QueryRunner } from 'typeorm';

/** TypeORM answers UPDATE and DELETE with a pair, everything else with rows; this always gives the rows. */
export async function rows<Row>(
  runner: QueryRunner,
  sql: string,
  parameters: readonly unknown[] = [],
): Promise<Row[]> {
  const { records } = await runner.query(sql, [...parameters], true);
  return records as Row[];
}

/** How many an INSERT, UPDATE or DELETE changed. */
export async function changedRows(
  runner: QueryRunner,
  sql: string,
  parameters: readonly unknown[],
): Promise<number> {
  const { affected } = await runner.query(sql, [...parameters], true);
  return affected ?? 0;
}
