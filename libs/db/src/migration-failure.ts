import { AbstractLogger } from 'typeorm';

/** Hears from TypeORM which migration failed; it tells nobody but its logger. Everything else it says is dropped. */
export class MigrationFailure extends AbstractLogger {
  message: string | undefined;

  override logMigration(message: string): void {
    this.message = message;
  }

  protected override writeLog(): void {
    return;
  }
}
