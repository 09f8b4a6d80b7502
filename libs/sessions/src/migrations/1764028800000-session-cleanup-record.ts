import { MigrationInterface, QueryRunner } from 'typeorm';

export class SessionCleanupRecord1764028800000 implements MigrationInterface {
  readonly name = 'SessionCleanupRecord1764028800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE session_cleanup_record (
      id boolean CONSTRAINT session_cleanup_record_pkey PRIMARY KEY DEFAULT true,
      runs bigint NOT NULL,
      deleted_sessions bigint NOT NULL,
      batches bigint NOT NULL,
      last_run_seconds double precision,
      last_success_at timestamptz,
      CONSTRAINT session_cleanup_record_id_check CHECK (id)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE session_cleanup_record`);
  }
}
