import { SessionsFixture } from './testing/sessions-fixture';
import { sessionsSchema } from './schema';

let fixture: SessionsFixture;

beforeAll(async () => {
  fixture = await SessionsFixture.start();
});

afterAll(() => fixture.stop());

describe('the migrations of sessions', () => {
  it('make every column as the entities say, with the same type and nullability', async () => {
    const pod = await fixture.pod();
    const expected = await pod.database.run((manager) =>
      Promise.resolve(
        sessionsSchema.entities.flatMap((entity) => {
          const { tableName, columns } = manager.dataSource.getMetadata(entity);
          return columns.map((column) => ({
            table: tableName,
            name: column.databaseName,
            type: manager.dataSource.driver.normalizeType(column),
            nullable: column.isNullable,
          }));
        }),
      ),
    );
    const actual = await pod.database.query(
      `SELECT table_name AS table, column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable
       FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'migrations'`,
    );
    const sorted = (columns: unknown[]) => columns.map((column) => JSON.stringify(column)).toSorted();
    expect(sorted(actual)).toEqual(sorted(expected));
  });

  it('can be undone', async () => {
    const pod = await fixture.pod();
    await pod.database.run(async (manager) => {
      const runner = manager.dataSource.createQueryRunner();
      for (const Migration of sessionsSchema.migrations.toReversed()) await new Migration().down(runner);
      await runner.release();
    });
    const left = await pod.database.query(
      `SELECT FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'`,
    );
    expect(left).toHaveLength(0);
  });
});
