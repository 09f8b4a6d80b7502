import { startOnTestDatabase, type TestApp } from '@kubernest/db/testing';
import { schema } from './schema';

let app: TestApp;

beforeAll(async () => {
  app = await startOnTestDatabase(schema);
});

afterAll(() => app.stop());

const timestampOf = ({ name = '' }: { name?: string }) => Number(name.slice(-13));
const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).toSorted();

describe('the migrations of every feature', () => {
  it('make every column as the entities say, with the same type and nullability', async () => {
    const expected = await app.database.run((manager) =>
      Promise.resolve(
        schema.flatMap(({ entities }) =>
          entities.flatMap((entity) => {
            const { tableName, columns } = manager.dataSource.getMetadata(entity);
            return columns.map((column) => ({
              table: tableName,
              name: column.databaseName,
              type: manager.dataSource.driver.normalizeType(column),
              nullable: column.isNullable,
            }));
          }),
        ),
      ),
    );
    const actual = await app.database.query(
      `SELECT table_name AS table, column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'`,
    );
    expect(sorted(actual)).toEqual(sorted(expected));
  });

  it('can be undone, the latest first', async () => {
    await app.database.run(async (manager) => {
      const runner = manager.dataSource.createQueryRunner();
      const latestFirst = manager.dataSource.migrations.toSorted(
        (one, other) => timestampOf(other) - timestampOf(one),
      );
      for (const migration of latestFirst) await migration.down(runner);
      await runner.release();
    });
    const left = await app.database.query(
      `SELECT FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'`,
    );
    expect(left).toHaveLength(0);
  });
});
