import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * Tells every pod of a revoked session. Written in the statement that deletes the session, read by RevocationFeed, and
 * deleted once no pod can hold a readable copy of the session any more. See docs/decisions/sessions-and-revocation.md.
 */
@Entity('session_revocation')
export class SessionRevocation {
  @PrimaryColumn({ name: 'session_id', type: 'uuid', primaryKeyConstraintName: 'session_revocation_pkey' })
  sessionId!: string;

  @Column({ name: 'revoked_at', type: 'timestamptz', default: () => 'now()' })
  revokedAt!: Date;
}
