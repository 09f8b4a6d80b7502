import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A session that was not revoked: revoking deletes the row. */
@Entity('session')
export class Session {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'session_pkey' })
  id!: string;

  @Column({ name: 'account_id', type: 'uuid' })
  accountId!: string;

  /** SHA-256 of the random key in the token: whoever reads it here cannot make a token of it. */
  @Column({ name: 'key_hash', type: 'bytea' })
  keyHash!: Buffer;

  /** In milliseconds, so that a cursor made of it is exact. */
  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;

  /** Exact to SESSION_EXTEND_INTERVAL_SECONDS. */
  @Column({ name: 'last_used_at', type: 'timestamptz', default: () => 'now()' })
  lastUsedAt!: Date;

  /** The earlier of the idle and the absolute end. */
  @Column({ name: 'expires_at', type: 'timestamptz' })
  expiresAt!: Date;

  @Column({ name: 'absolute_expires_at', type: 'timestamptz' })
  absoluteExpiresAt!: Date;

  @Column({ name: 'user_agent', type: 'text', nullable: true })
  userAgent!: string | null;

  @Column({ type: 'text', nullable: true })
  address!: string | null;
}
