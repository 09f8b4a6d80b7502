import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * What all runs of the cleanup have done, in one row. In Postgres, because a run may happen in a process that nobody scrapes and
 * that is gone at once.
 */
@Entity('session_cleanup_record')
export class SessionCleanupRecord {
  /** True: there is one row. */
  @PrimaryColumn({ type: 'boolean', primaryKeyConstraintName: 'session_cleanup_record_pkey' })
  id!: boolean;

  @Column({ type: 'bigint' })
  runs!: string;

  @Column({ name: 'deleted_sessions', type: 'bigint' })
  deletedSessions!: string;

  @Column({ type: 'bigint' })
  batches!: string;

  /** Of the last one that came to its end. */
  @Column({ name: 'last_run_seconds', type: 'double precision', nullable: true })
  lastRunSeconds!: number | null;

  @Column({ name: 'last_success_at', type: 'timestamptz', nullable: true })
  lastSuccessAt!: Date | null;
}
