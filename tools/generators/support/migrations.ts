import type { Tree } from '@nx/devkit';
import { featuresOf } from './workspace';

/** Later than every migration that there is: TypeORM applies them in the order of their timestamps, whatever feature they are of. */
export function nextTimestamp(tree: Tree): number {
  const timestamps = featuresOf(tree).flatMap((feature) =>
    tree.children(`libs/${feature}/src/migrations`).map((file) => Number.parseInt(file, 10) || 0),
  );
  return Math.max(Date.now(), ...timestamps.map((timestamp) => timestamp + 1));
}

/** The migration's source. Each part is one statement. */
export function migrationSource(className: string, up: string, down: string): string {
  return `import { MigrationInterface, QueryRunner } from 'typeorm';

export class ${className} implements MigrationInterface {
  readonly name = '${className}';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(${literal(up)});
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(${literal(down)});
  }
}
`;
}

function literal(sql: string): string {
  return `\`${sql.replace(/[\\`]|\$\{/g, '\\$&')}\``;
}
