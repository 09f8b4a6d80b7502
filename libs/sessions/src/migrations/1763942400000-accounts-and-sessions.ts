import { MigrationInterface, QueryRunner } from 'typeorm';

const UP = [
  `CREATE TABLE account (
    id uuid CONSTRAINT account_pkey PRIMARY KEY,
    email text NOT NULL CONSTRAINT account_email_key UNIQUE,
    password_hash text NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now()
  )`,
  `CREATE TABLE session (
    id uuid CONSTRAINT session_pkey PRIMARY KEY,
    account_id uuid NOT NULL CONSTRAINT session_account_id_fkey REFERENCES account ON DELETE CASCADE,
    key_hash bytea NOT NULL,
    created_at timestamptz(3) NOT NULL DEFAULT now(),
    last_used_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    absolute_expires_at timestamptz NOT NULL,
    user_agent text,
    address text,
    CONSTRAINT session_expires_at_check CHECK (expires_at <= absolute_expires_at)
  )`,
  `CREATE INDEX session_expires_at_idx ON session (expires_at)`,
  `CREATE INDEX session_account_id_created_at_id_idx ON session (account_id, created_at DESC, id DESC)`,
  `CREATE TABLE session_revocation (
    session_id uuid CONSTRAINT session_revocation_pkey PRIMARY KEY,
    revoked_at timestamptz NOT NULL DEFAULT now()
  )`,
];

export class AccountsAndSessions1763942400000 implements MigrationInterface {
  readonly name = 'AccountsAndSessions1763942400000';

  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE session_revocation, session, account`);
  }
}
