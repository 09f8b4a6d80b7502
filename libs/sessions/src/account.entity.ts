import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('account')
export class Account {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'account_pkey' })
  id!: string;

  /** Trimmed and in lower case. */
  @Column({ type: 'text' })
  email!: string;

  /** PHC string of argon2id: salt and parameters are in it. */
  @Column({ name: 'password_hash', type: 'text' })
  passwordHash!: string;

  @Column({ name: 'created_at', type: 'timestamptz', precision: 3, default: () => 'now()' })
  createdAt!: Date;
}
